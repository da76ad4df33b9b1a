// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "scythe",
  products: [
    .library(name: "Scythe", targets: ["Scythe"]),
    // For the packages of this repository that show what a daemon does, or measure it.
    .library(name: "ScytheTelemetry", targets: ["ScytheTelemetry"]),
    .library(name: "ScytheDaemon", targets: ["ScytheDaemon"]),
    // The core on its own, for programs without a heap.
    .library(name: "ScytheLinux", targets: ["ScytheLinux"]),
    .library(name: "ScytheReclaim", targets: ["ScytheReclaim"]),
    .library(name: "ScytheReaper", targets: ["ScytheReaper"]),
    // libscythe.so.1: see the Makefile.
    .library(name: "scythe-c", type: .dynamic, targets: ["ScytheCABI"]),
    .executable(name: "scythe", targets: ["ScytheCommand"]),
    .executable(name: "scythed", targets: ["ScytheDaemonMain"]),
    // For the packages of this repository that make real victims: Benchmarks.
    .executable(name: "scythe-victim", targets: ["ScytheVictim"]),
    .library(name: "ScytheVictims", targets: ["ScytheVictims"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    // For scythe alone, which hands it only what ConfigScan has passed.
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // The core: no heap, no Foundation. Also built as Embedded Swift (Toolsets/*.json).
    .target(name: "CScytheLinux", path: "Sources/CLinux"),
    .target(name: "ScytheLinux", dependencies: ["CScytheLinux"], path: "Sources/Linux", swiftSettings: strict),
    .target(name: "ScytheReclaim", dependencies: ["ScytheLinux"], path: "Sources/Reclaim", swiftSettings: strict),
    .target(
      name: "ScytheReaper", dependencies: ["ScytheReclaim", "ScytheLinux"], path: "Sources/Reaper",
      swiftSettings: strict),
    .target(name: "ScythePolicy", dependencies: ["ScytheLinux"], path: "Sources/Policy", swiftSettings: strict),
    .target(name: "ScytheTelemetry", dependencies: ["ScytheLinux"], path: "Sources/Telemetry", swiftSettings: strict),
    .target(
      name: "ScytheDaemon",
      dependencies: ["ScythePolicy", "ScytheReaper", "ScytheReclaim", "ScytheTelemetry", "ScytheLinux"],
      path: "Sources/Daemon", swiftSettings: strict),
    .executableTarget(
      name: "ScytheDaemonMain", dependencies: ["ScytheDaemon", "ScytheReclaim", "ScytheTelemetry", "ScytheLinux"],
      path: "Sources/scythed", swiftSettings: strict),
    // The C ABI. One header says what it is, to C and to the Swift that does it.
    .target(name: "CScytheABI", path: "Sources/CABI/Header"),
    .target(
      name: "ScytheCABI", dependencies: ["CScytheABI", "ScytheReaper", "ScytheReclaim", "ScytheLinux", "CScytheLinux"],
      path: "Sources/CABI", exclude: ["Header", "libscythe.map", "libscythe.symbols", "link", "scythe.pc.in"],
      swiftSettings: strict),
    // Hosted: the library's face and the command.
    .target(
      name: "Scythe", dependencies: ["ScytheReaper", "ScytheReclaim", "ScytheLinux"], path: "Sources/Library",
      swiftSettings: strict),
    .executableTarget(
      name: "ScytheCommand",
      dependencies: [
        "Scythe", "ScytheDaemon", "ScythePolicy", "ScytheTelemetry", "ScytheVictims", "CScytheABI",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "TOMLKit", package: "TOMLKit"),
      ],
      path: "Sources/scythe", swiftSettings: strict),
    .executableTarget(
      name: "ReadmeExample", dependencies: ["Scythe"], path: "Examples/ReadmeExample", swiftSettings: strict),
    // The articles of the documentation show these in full.
    .executableTarget(
      name: "PressureExample", dependencies: ["ScytheLinux"], path: "Examples/PressureExample", swiftSettings: strict),
    .executableTarget(
      name: "AdviseExample", dependencies: ["ScytheReclaim", "ScytheLinux"], path: "Examples/AdviseExample",
      swiftSettings: strict),
    .executableTarget(
      name: "KillExample", dependencies: ["ScytheReaper", "ScytheReclaim", "ScytheLinux"], path: "Examples/KillExample",
      swiftSettings: strict),
    // Real victims for the demo, the tests and the benchmarks; in C, because it forks and has no runtime of its own.
    .executableTarget(name: "ScytheVictim", path: "Sources/victim"),
    .target(name: "ScytheVictims", dependencies: ["ScytheLinux"], path: "Sources/Victims", swiftSettings: strict),
    .target(name: "TestCalls", path: "Tests/TestCalls"),
    .target(
      name: "TestSupport", dependencies: ["ScytheVictims", "ScytheLinux", "TestCalls"], path: "Tests/TestSupport",
      swiftSettings: strict),
    // Runs a program for which system calls fail: a machine that cannot release is one filter away.
    .executableTarget(name: "WithoutCalls", path: "Tests/WithoutCalls"),
    .testTarget(
      name: "LinuxTests", dependencies: ["ScytheLinux", "TestSupport", "ScytheVictim"], swiftSettings: strict),
    .testTarget(
      name: "VictimTests", dependencies: ["ScytheLinux", "TestSupport", "ScytheVictim", "WithoutCalls"],
      swiftSettings: strict),
    .testTarget(
      name: "ReclaimTests", dependencies: ["ScytheReclaim", "ScytheLinux", "TestSupport", "ScytheVictim"],
      swiftSettings: strict),
    .testTarget(
      name: "ReaperTests",
      dependencies: ["ScytheReaper", "ScytheReclaim", "ScytheLinux", "TestSupport", "ScytheVictim"],
      swiftSettings: strict),
    // The kernel extension in a kernel that has it loaded; elsewhere these are skipped, but for the numbers.
    .target(name: "ExtensionCalls", path: "Tests/ExtensionCalls"),
    .testTarget(
      name: "ExtensionTests",
      dependencies: [
        "ExtensionCalls", "ScytheReaper", "ScytheReclaim", "ScytheLinux", "TestSupport", "ScytheVictim",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PolicyTests", dependencies: ["ScythePolicy", "ScytheLinux", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "TelemetryTests", dependencies: ["ScytheTelemetry", "ScytheLinux", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "DaemonTests",
      dependencies: [
        "ScytheDaemon", "ScytheDaemonMain", "ScythePolicy", "ScytheReaper", "ScytheTelemetry", "ScytheLinux",
        "TestSupport", "ScytheVictim", "ScytheCommand", "WithoutCalls",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Scythe", "ScythePolicy", "ScytheTelemetry", "ScytheLinux", "TestSupport", "ScytheCommand", "ScytheDaemonMain",
        "ScytheVictim",
        "ReadmeExample", "WithoutCalls",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "DocumentationTests",
      dependencies: [
        "ScytheLinux", "TestSupport", "ScytheVictim", "PressureExample", "AdviseExample", "KillExample",
      ],
      swiftSettings: strict),
    // A program in C that knows nothing of Scythe.
    .executableTarget(name: "PlainCaller", path: "Tests/PlainCaller"),
    .testTarget(
      name: "LibscytheTests",
      dependencies: ["CScytheABI", "ScytheLinux", "TestSupport", "ScytheVictim", "PlainCaller", "WithoutCalls"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
