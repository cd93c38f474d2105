import Testing

@Suite struct CheckpointsScaffold { @Test func builds() {} }
