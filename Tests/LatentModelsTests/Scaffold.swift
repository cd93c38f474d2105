import Testing

@Suite struct LatentModelsScaffold { @Test func builds() {} }
