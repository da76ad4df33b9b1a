// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// A package of its own: real kernels, real peers, real exhaustion, in virtual machines.
let package = Package(
  name: "scythe-lab",
  dependencies: [
    // Named, because a checkout may lie in a folder of any name.
    .package(name: "scythe", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    .package(name: "scythe-benchmarks", path: "../Benchmarks"),
  ],
  targets: [
    // What there is to run, known to the host and to the guest alike. No Foundation.
    .target(name: "LabCatalog", swiftSettings: strict),
    // What was measured, and what is said of it.
    .target(
      name: "LabResults",
      dependencies: ["LabCatalog", .product(name: "BenchmarkResults", package: "scythe-benchmarks")],
      swiftSettings: strict),
    // Packages, images and virtual machines.
    .target(
      name: "LabHost",
      dependencies: [
        "LabCatalog", "LabResults", .product(name: "BenchmarkMachine", package: "scythe-benchmarks"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "lab",
      dependencies: [
        "LabCatalog", "LabResults", "LabHost", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // What runs in a virtual machine: static, so that it needs nothing there.
    .executableTarget(
      name: "lab-guest",
      dependencies: [
        "LabCatalog", "CLabGuest", .product(name: "ScytheLinux", package: "scythe"),
        .product(name: "ScytheReclaim", package: "scythe"), .product(name: "ScytheVictims", package: "scythe"),
        .product(name: "MapsAdvice", package: "scythe-benchmarks"),
      ],
      swiftSettings: strict),
    // System calls that Swift cannot make by itself.
    .target(name: "CLabGuest"),
    .testTarget(
      name: "LabResultsTests",
      dependencies: ["LabCatalog", "LabResults", .product(name: "BenchmarkResults", package: "scythe-benchmarks")],
      swiftSettings: strict),
    .testTarget(name: "LabHostTests", dependencies: ["LabCatalog", "LabResults", "LabHost"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
