import Foundation
import Testing

@testable import ScytheLinux

private let pressure = """
  some avg10=0.12 avg60=1.05 avg300=0.01 total=58761459
  full avg10=12.34 avg60=0.02 avg300=0.00 total=39385120

  """

private func stall(_ text: String) -> PressureStall? {
  var information = PressureInformation()
  let bytes = Array(text.utf8)
  information.take(bytes.span)
  return information.some
}

/// Whether `/proc/self/status` shows CAP_SYS_RESOURCE, bit 24.
private let isPrivileged = (try? Procfs().privileges(of: .current))?.holds(.resource) ?? false
private let hasPressure = (try? Procfs().memoryPressure()) != nil

@Suite struct `Pressure information` {
  @Test func `is read as the kernel writes it`() throws {
    let tree = try TemporaryTree()
    try tree.write("pressure/memory", pressure)
    let information = try tree.procfs.memoryPressure()
    #expect(information.some == PressureStall(averageBasisPoints: 12, totalMicroseconds: 58_761_459))
    #expect(information.full == PressureStall(averageBasisPoints: 1234, totalMicroseconds: 39_385_120))
  }

  @Test(arguments: [
    "", "some", "some ", "some avg10=", "some avg10=1", "some avg10=1.", "some avg10=1.2 avg60=0.00 total=1",
    "some avg10=1.234 total=1", "some avg10= 1.00 total=1", "some avg10=1. 00 total=1", "some avg10=-1.00 total=1",
    "some avg10=101.00 total=1", "some avg10=18446744073709551616.00 total=1",
    "some avg10=18446744073709551615.99 total=1", "some avg10=0.00", "some avg10=0.00 total=",
    "some avg10=0.00 total= 1",
    "some avg10=0.00 total=18446744073709551616", "some  avg10=0.00 total=1", " some avg10=0.00 total=1",
    "somewhat avg10=0.00 total=1", "full avg10=0.00 total=1", "some avg60=0.00 total=1", "some\0avg10=0.00 total=1",
  ])
  func `is not made of a malformed line`(line: String) throws {
    #expect(stall(line) == nil)
    let tree = try TemporaryTree()
    try tree.write("pressure/memory", line)
    #expect(throws: Errno.badMessage) { try tree.procfs.memoryPressure() }
  }

  @Test func `is none without the file`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.memoryPressure() }
  }

  @Test func `cut anywhere has whole averages or none`() throws {
    let tree = try TemporaryTree()
    for text in HostileInput.truncations(of: pressure) {
      try tree.write("pressure/memory", text)
      guard let information = try? tree.procfs.memoryPressure() else { continue }
      #expect(information.some?.averageBasisPoints == 12)
      #expect([nil, 1234].contains(information.full?.averageBasisPoints))
      #expect((information.some?.totalMicroseconds ?? .max) <= 58_761_459)
    }
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: pressure) { input in
      var information = PressureInformation()
      for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let line = Array(line)
        information.take(line.span)
      }
      let most = max(information.some?.averageBasisPoints ?? 0, information.full?.averageBasisPoints ?? 0)
      return most < 10_100 ? nil : "more than all of the time"
    }
  }

  @Test(.enabled(if: hasPressure, "this kernel has no PSI, or it is off"))
  func `of this machine makes sense`() throws {
    let first = try Procfs().memoryPressure()
    let second = try Procfs().memoryPressure()
    let some = try #require(first.some)
    #expect(some.averageBasisPoints <= 10_000)
    #expect(try #require(second.some).totalMicroseconds >= some.totalMicroseconds)
    #expect(try #require(first.full).totalMicroseconds <= #require(second.some).totalMicroseconds)
  }
}

@Suite struct `A pressure trigger` {
  private func arm(_ kind: PressureKind = .some, stall: UInt64 = 100_000, window: UInt64) throws(Errno) {
    let trigger = try PressureTrigger(kind, stallMicroseconds: stall, windowMicroseconds: window)
    // A machine that is short of memory may fire it; that it can be waited for is all that is known.
    _ = try trigger.wait(timeoutMilliseconds: 0)
  }

  @Test(.enabled(if: hasPressure, "this kernel has no PSI, or it is off"), arguments: [PressureKind.some, .full])
  func `with a window of 2 s is for everybody`(kind: PressureKind) throws {
    try arm(kind, window: 2_000_000)
  }

  @Test(.enabled(if: hasPressure && isPrivileged, "needs PSI and CAP_SYS_RESOURCE"))
  func `with a window of 1 s is for the privileged`() throws { try arm(window: 1_000_000) }

  @Test(.enabled(if: hasPressure && !isPrivileged, "needs PSI, and no CAP_SYS_RESOURCE"))
  func `with a window of 1 s is EINVAL for others`() {
    #expect(throws: Errno.invalidArgument) { try arm(window: 1_000_000) }
  }

  @Test(
    .enabled(if: hasPressure, "this kernel has no PSI, or it is off"),
    arguments: [(0, 2_000_000), (3_000_000, 2_000_000), (100_000, 12_000_000), (100_000, 0)] as [(UInt64, UInt64)])
  func `that makes no sense is EINVAL`(stall: UInt64, window: UInt64) {
    #expect(throws: Errno.invalidArgument) { try arm(stall: stall, window: window) }
  }

  @Test func `without PSI is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) {
      _ = try PressureTrigger(.some, stallMicroseconds: 1, windowMicroseconds: 2_000_000, tree.procfs)
    }
  }

  @Test func `is written with its zero byte, as the kernel wants it`() throws {
    let tree = try TemporaryTree()
    try tree.write("pressure/memory", "")
    let trigger = try PressureTrigger(.full, stallMicroseconds: 150_000, windowMicroseconds: 2_000_000, tree.procfs)
    _ = consume trigger
    let written = try #require(FileManager.default.contents(atPath: "\(tree.path)/pressure/memory"))
    #expect(written == Data("full 150000 2000000\0".utf8))
  }
}
