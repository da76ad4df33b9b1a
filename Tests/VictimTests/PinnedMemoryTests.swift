import Foundation
import ScytheLinux
import TestSupport
import Testing

private let size: UInt64 = 32 << 20
private let availableBytes = (try? Procfs().memoryInformation().availableBytes) ?? 0

private func makePinned(_ more: [String] = []) throws -> VictimProcess? {
  try .makeIfPossible("pinned memory", ["--pinned", "32M"] + more)
}

/// The bytes that a victim's io_uring has registered, as the kernel shows them:
///
///     UserBufs:	1
///         0: 0x7fb7be7dc000/33554432
private func registeredBytes(of pid: PID) throws -> UInt64 {
  let process = "/proc/\(pid.rawValue)"
  let descriptors = try FileManager.default.contentsOfDirectory(atPath: "\(process)/fd")
  let ring = try #require(
    descriptors.first {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(process)/fd/\($0)")) == "anon_inode:[io_uring]"
    })
  let information = try String(contentsOfFile: "\(process)/fdinfo/\(ring)", encoding: .utf8)
  let lines = information.split(separator: "\n").drop { !$0.hasPrefix("UserBufs:") }
  return lines.compactMap { $0.contains(": 0x") ? $0.split(separator: "/").last.flatMap { UInt64($0) } : nil }
    .reduce(0, +)
}

@Suite struct `Pinned memory` {
  @Test func `is all registered and resident, and counted if the kernel counts it`() throws {
    guard let victim = try makePinned() else { return }
    #expect(try registeredBytes(of: victim.pid) == size)
    let status = try Procfs().status(of: victim.pid)
    #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes >= size)
    // Linux 7.2 does not count what root registers (seen there; 5.10 to 6.18 count all).
    #expect(status.pinnedBytes == size || status.pinnedBytes == 0)
  }

  @Test(.enabled(if: availableBytes >= 3 << 30, "needs 3 GiB of available memory"))
  func `may be more than one buffer can hold`() throws {
    guard let victim = try VictimProcess.makeIfPossible("much pinned memory", ["--pinned", "1025M"]) else { return }
    #expect(try registeredBytes(of: victim.pid) == 1025 << 20)
  }

  @Test func `adds up with other memory, which is not pinned`() throws {
    guard let victim = try makePinned(["--anon", "8M", "--locked", "--threads", "4"]) else { return }
    let status = try Procfs().status(of: victim.pid)
    #expect(try registeredBytes(of: victim.pid) == size)
    #expect(status.lockedBytes == 8 << 20)
    #expect(try Procfs().countedMemory(of: victim.pid).anonymousBytes >= size + 8 << 20)
  }

  @Test(.enabled(if: KernelFeatures.hasRelease, "process_mrelease came with Linux 5.15"))
  func `stays charged after a release, until the victim has ended`() throws {
    guard let pinned = try Charged("--pinned", "32M"), let plain = try Charged("--anon", "32M") else { return }
    #expect(try pinned.victimStatusAfterRelease().anonymousBytes < size / 4)
    #expect(try plain.victimStatusAfterRelease().anonymousBytes < size / 4)
    // Unmapped, and yet only the one memory has come back.
    #expect(try plain.bytes() < size / 4)
    #expect(try pinned.bytes() >= size)
    #expect(pinned.victim.ask("x") == "exited 9")
    #expect(try eventually { try pinned.bytes() < size / 4 })
  }

  @Test func `goes with the victim when the starter is killed`() throws {
    guard let pinned = try Charged("--pinned", "32M") else { return }
    try signal(pinned.victim.pid("holder"), .kill)
    #expect(eventually { isGone(pinned.victim.pid) })
    #expect(eventually { !FileManager.default.fileExists(atPath: pinned.group) })
  }

  @Test func `is refused with the reason where there is no io_uring`() throws {
    let victim = BuiltProgram.url("scythe-victim").path
    let result = try BuiltProgram.run(
      BuiltProgram.url("WithoutCalls"), ["io_uring_setup=38", "--", victim, "--pinned", "4M"])
    #expect(result.status == 69)
    #expect(result.output.hasPrefix("cannot: io_uring is not to be had here: Function not implemented"))
  }

  @Test func `is refused with the reason where the kernel does not pin`() throws {
    let victim = BuiltProgram.url("scythe-victim").path
    // ENOMEM, as beyond RLIMIT_MEMLOCK.
    let result = try BuiltProgram.run(
      BuiltProgram.url("WithoutCalls"), ["io_uring_register=12", "--", victim, "--pinned", "4M"])
    #expect(result.status == 69)
    #expect(result.output.hasPrefix("cannot: io_uring does not pin 4194304 bytes: Cannot allocate memory; "))
  }
}

/// A held victim in a memory group of its own, which says what is still charged for it.
private final class Charged {
  let victim: VictimProcess
  let group: String
  private var isReleased = false

  /// `nil`, and a line that says why, if this machine cannot make one.
  init?(_ memory: String...) throws {
    let hierarchy = TestControlGroup.isAvailable(.memory) ? ControlGroupHierarchy.memory : .unified
    let home = TestControlGroup.home(in: hierarchy) ?? ""
    guard let victim = try VictimProcess.makeIfPossible("\(memory[0])", memory + ["--held", "--group", home]) else {
      return nil
    }
    self.victim = victim
    group = victim.values["group"] ?? ""
    guard (try? bytes()) != nil else {
      print("not run: pinned memory in a group: nothing counts the memory of \(group)")
      return nil
    }
  }

  func bytes() throws -> UInt64 { try ControlGroup(path: PathBuffer(bytes: group.utf8)).memoryCurrentBytes() }

  /// What the victim has left after SIGKILL and one release, which happen the first time.
  func victimStatusAfterRelease() throws -> ProcessStatus {
    if !isReleased {
      isReleased = true
      let process = try ProcessDescriptor(victim.pid)
      try process.send(.kill)
      try process.releaseMemory()
    }
    return try Procfs().status(of: victim.pid)
  }
}
