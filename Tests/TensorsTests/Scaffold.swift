import Testing

@Suite struct TensorsScaffold { @Test func builds() {} }
