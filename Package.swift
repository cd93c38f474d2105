// swift-tools-version: 6.2
import PackageDescription

/// Hot loops must be fast in debug builds too, or the tests take minutes.
let optimizedC: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno"])]
let optimized: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "muninn",
  products: [.executable(name: "muninn", targets: ["muninn"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
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
      name: "Trajectories", dependencies: ["Tensors", "LatentModels"],
      swiftSettings: optimized),
    .target(
      name: "Engine", dependencies: ["Tensors", "Checkpoints", "LatentModels", "Trajectories"],
      swiftSettings: optimized),
    .target(
      name: "RunFiles",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: optimized),
    .target(
      name: "Exports",
      dependencies: ["Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine"],
      swiftSettings: optimized),
    .target(
      name: "Generation", dependencies: ["Tensors", "LatentModels", "Trajectories"],
      swiftSettings: optimized),
    .target(
      name: "ParallelScaling",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "Generation",
      ],
      swiftSettings: optimized),
    .target(name: "Tasks", swiftSettings: optimized),
    .target(
      name: "Evaluation",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "Generation",
        "ParallelScaling", "Tasks",
      ],
      swiftSettings: optimized),
    .target(
      name: "Training",
      dependencies: ["CKernels", "Tensors", "Checkpoints", "LatentModels", "Tasks"],
      swiftSettings: optimized),
    .target(
      name: "Rewards",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "ParallelScaling", "Evaluation",
        "Training",
      ],
      swiftSettings: optimized),
    .target(
      name: "Studies",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "ParallelScaling", "Tasks",
        "Evaluation", "Training", "Rewards",
      ],
      swiftSettings: optimized),
    .target(
      name: "Verification",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "Generation",
        "ParallelScaling", "Training",
      ],
      swiftSettings: optimized),
    .target(
      name: "Explorer",
      dependencies: [
        "CNcurses", "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "RunFiles",
        "Exports",
        "ParallelScaling", "Tasks",
      ]),
    .executableTarget(
      name: "muninn",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "RunFiles", "Exports",
        "Generation", "ParallelScaling", "Verification", "Tasks", "Evaluation", "Training",
        "Rewards", "Studies", "Explorer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "TOMLKit", package: "TOMLKit"),
      ]),
    .target(
      name: "TestSupport", dependencies: ["Tensors", "Checkpoints", "Tasks"],
      path: "Tests/TestSupport", exclude: ["Fixtures"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    // Tests name every module they import: what is not named is not built again when it changes.
    .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "TestSupport"]),
    .testTarget(
      name: "LatentModelsTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Verification", "TestSupport",
      ]),
    .testTarget(
      name: "TrajectoriesTests",
      dependencies: ["Tensors", "Checkpoints", "LatentModels", "Trajectories", "TestSupport"]),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "Generation",
        "TestSupport",
      ]),
    .testTarget(
      name: "RunFilesTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "ParallelScaling",
        "RunFiles", "TestSupport",
      ]),
    .testTarget(
      name: "ExportsTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "Exports",
        "TestSupport",
      ]),
    .testTarget(
      name: "GenerationTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "Generation",
        "TestSupport",
      ]),
    .testTarget(
      name: "VerificationTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Verification", "TestSupport",
      ]),
    .testTarget(
      name: "ParallelScalingTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "ParallelScaling",
        "TestSupport",
      ]),
    .testTarget(name: "TasksTests", dependencies: ["Tasks"]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Generation", "ParallelScaling",
        "Tasks", "Evaluation", "TestSupport",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Tensors", "Checkpoints", "LatentModels", "Tasks", "Training", "TestSupport"]),
    .testTarget(
      name: "RewardsTests",
      dependencies: [
        "Tensors", "Checkpoints", "LatentModels", "Trajectories", "ParallelScaling", "Tasks",
        "Evaluation", "Training", "Rewards", "TestSupport",
      ]),
    .testTarget(
      name: "StudiesTests",
      dependencies: [
        "Checkpoints", "ParallelScaling", "Evaluation", "Training", "Rewards", "Studies",
        "TestSupport",
      ]),
    .testTarget(
      name: "ExplorerTests",
      dependencies: [
        "CNcurses", "Tensors", "Checkpoints", "LatentModels", "Trajectories", "Engine", "RunFiles",
        "Exports", "Generation", "ParallelScaling", "Tasks", "Explorer", "TestSupport",
      ],
      exclude: ["Snapshots"]),
    .testTarget(
      name: "MuninnTests",
      dependencies: [
        "muninn", "Checkpoints", "Engine", "Trajectories", "Explorer", "Exports", "Rewards",
        "RunFiles", "TestSupport",
      ]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x
)
