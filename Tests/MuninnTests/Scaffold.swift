import Testing

@Suite struct MuninnScaffold { @Test func builds() {} }
