import Foundation
import ScytheLinux
import TestSupport
import Testing

private let size: UInt64 = 32 << 20

private func makePinned(_ more: [String] = []) throws -> VictimProcess? {
  try .makeIfPossible("pinned memory", ["--pinned", "32M"] + more)
}

@Suite struct `Pinned memory` {
  @Test func `is all pinned, and resident`() throws {
    guard let victim = try makePinned() else { return }
    let status = try Procfs().status(of: victim.pid)
    #expect(status.pinnedBytes == size)
    #expect(status.anonymousBytes >= size)
  }

  @Test func `adds up with other memory, which is not pinned`() throws {
    guard let victim = try makePinned(["--anon", "8M", "--locked", "--threads", "4"]) else { return }
    let status = try Procfs().status(of: victim.pid)
    #expect(status.pinnedBytes == size)
    #expect(status.lockedBytes == 8 << 20)
    #expect(status.anonymousBytes >= size + 8 << 20)
  }

  @Test func `stays charged after a release, until the victim has ended`() throws {
    guard let pinned = try Charged("--pinned", "32M"), let plain = try Charged("--anon", "32M") else { return }
    #expect(try pinned.victimStatusAfterRelease().pinnedBytes == size)
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
