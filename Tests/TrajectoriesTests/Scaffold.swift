import Testing

@Suite struct TrajectoriesScaffold { @Test func builds() {} }
