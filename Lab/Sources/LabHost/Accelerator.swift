import Foundation
import LabCatalog

/// What runs the guest's instructions.
package enum Accelerator: String, Sendable {
  /// The processor itself.
  case kvm
  /// An emulator: memory work is about five times slower, calls up to sixty times.
  case tcg

  func argument(threads: Kernel.EmulatorThreads) -> String {
    switch self {
    case .kvm: "kvm"
    case .tcg: "tcg,thread=\(threads.rawValue)"
    }
  }

  /// The emulator goes byte by byte where a processor has a fast instruction for many: a kernel that does not know of
  /// that clears pages with another one.
  var processor: String { self == .kvm ? "host" : "max,-erms,-fsrm" }

  /// The fastest that works: a guest is booted with it, since a /dev/kvm that opens proves nothing.
  static func probe(in cache: Cache, boot: (Accelerator) async throws -> Bool) async throws -> Accelerator {
    guard FileManager.default.isReadableFile(atPath: "/dev/kvm") else { return .tcg }
    // What was found holds until the next boot of this machine.
    let bootIdentity = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
    let note = try cache.folder("kvm").appending(path: Digest.of(Data(bootIdentity.utf8)))
    if let known = try? String(contentsOf: note, encoding: .utf8) { return Accelerator(rawValue: known) ?? .tcg }
    let found: Accelerator = try await boot(.kvm) ? .kvm : .tcg
    try Data(found.rawValue.utf8).write(to: note)
    return found
  }
}
