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
    .testTarget(name: "LabResultsTests", dependencies: ["LabCatalog", "LabResults"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
