// swift-tools-version: 6.2
import PackageDescription

/// Hot loops must be fast in debug builds too, or the tests take minutes.
let optimizedC: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno"])]
let optimized: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "muninn",
  products: [.executable(name: "muninn", targets: ["muninn"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // No pkgConfig for ncurses: its .pc file carries -D flags that SwiftPM warns about on every build.
    .systemLibrary(name: "CNcurses", providers: [.apt(["libncursesw5-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "CKernels", cSettings: optimizedC),
    .target(name: "CEmbeddedModel"),
    .target(name: "Tensors", dependencies: ["CKernels", "COpenBLAS"], swiftSettings: optimized),
    .target(
      name: "Checkpoints", dependencies: ["Tensors", "CEmbeddedModel"], swiftSettings: optimized),
    .target(
      name: "LatentModels", dependencies: ["Tensors", "Checkpoints"], swiftSettings: optimized),
    .target(
      name: "Trajectories", dependencies: ["Tensors", "Checkpoints", "LatentModels"],
      swiftSettings: optimized),
    .target(name: "Tasks", swiftSettings: optimized),
    .target(
      name: "Evaluation",
      dependencies: ["Tensors", "Checkpoints", "LatentModels", "Trajectories", "Tasks"],
      swiftSettings: optimized),
    .target(
      name: "Training",
      dependencies: ["CKernels", "Tensors", "Checkpoints", "LatentModels", "Tasks"],
      swiftSettings: optimized),
    .target(
      name: "Explorer", dependencies: ["CNcurses", "LatentModels", "Trajectories", "Tasks"]),
    .executableTarget(
      name: "muninn",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Tasks", "Evaluation", "Training",
        "Explorer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(name: "TestSupport", path: "Tests/TestSupport", exclude: ["Fixtures"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "TestSupport"]),
    .testTarget(
      name: "LatentModelsTests", dependencies: ["LatentModels", "Trajectories", "TestSupport"]),
    .testTarget(
      name: "TrajectoriesTests", dependencies: ["Trajectories", "LatentModels", "TestSupport"]),
    .testTarget(name: "TasksTests", dependencies: ["Tasks"]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Evaluation", "Tasks", "Checkpoints", "LatentModels", "TestSupport"]),
    .testTarget(name: "TrainingTests", dependencies: ["Training", "TestSupport"]),
    .testTarget(
      name: "ExplorerTests",
      dependencies: ["Explorer", "CNcurses", "Checkpoints", "LatentModels", "TestSupport"],
      exclude: ["Snapshots"]),
    .testTarget(name: "MuninnTests", dependencies: ["muninn", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x
)
