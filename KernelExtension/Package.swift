// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-2.0
import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// The policy on a host, for its tests: pure, so what holds here holds in a kernel. The module itself is made by `make`.
let package = Package(
  name: "scythe-kernel-extension",
  targets: [
    .systemLibrary(name: "CScythePolicy", path: "Boundary"),
    .target(name: "ExtensionPolicy", dependencies: ["CScythePolicy"], path: "Policy", swiftSettings: strict),
    .testTarget(
      name: "ExtensionPolicyTests", dependencies: ["ExtensionPolicy", "CScythePolicy"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
