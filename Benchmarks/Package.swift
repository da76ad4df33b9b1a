// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// A package of its own, so that the product carries no benchmark dependency.
let package = Package(
  name: "scythe-benchmarks",
  products: [
    // The lab speaks of its results in the same way.
    .library(name: "BenchmarkResults", targets: ["BenchmarkResults"]),
    .library(name: "BenchmarkMachine", targets: ["BenchmarkMachine"]),
    // And compares in its guests with the same.
    .library(name: "MapsAdvice", targets: ["CMapsAdvice"]),
  ],
  dependencies: [
    // Named, because a checkout may lie in a folder of any name.
    .package(name: "scythe", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // What was measured, and what is said of it: no measuring in here.
    .target(
      name: "BenchmarkResults", dependencies: [.product(name: "Histogram", package: "hdrhistogram-swift")],
      swiftSettings: strict),
    // What the machine is that it was measured on.
    .target(
      name: "BenchmarkMachine",
      dependencies: ["BenchmarkResults", .product(name: "ScytheLinux", package: "scythe")], swiftSettings: strict),
    .executableTarget(
      name: "scythe-bench",
      dependencies: [
        "BenchmarkMachine", "BenchmarkResults", "CMapsAdvice", .product(name: "Scythe", package: "scythe"),
        .product(name: "ScytheDaemon", package: "scythe"), .product(name: "ScytheTelemetry", package: "scythe"),
        .product(name: "ScytheVictims", package: "scythe"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // What a program does by itself, in C, so that it is no slower than it must be.
    .target(name: "CMapsAdvice"),
    // A tracer of the system calls of another program.
    .executableTarget(name: "count-calls"),
    .testTarget(name: "BenchmarkResultsTests", dependencies: ["BenchmarkResults"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
