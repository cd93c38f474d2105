import Testing

@Suite struct ExplorerScaffold { @Test func builds() {} }
