import Foundation
import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

/// A control group that answers as it is told.
private final class ScriptedGroup: ReclaimableGroup {
  /// What the kernel says to one request, and how much goes.
  enum Answer {
    case all
    case more(UInt64)
    case less(UInt64)
    case refused(Errno)
  }

  var currentBytes: UInt64
  var swapBytes: UInt64? = 0
  var answers: [Answer]
  var requests: [UInt64] = []
  var checkError: Errno?
  private var isRemoved = false

  init(_ currentBytes: UInt64, _ answers: [Answer] = []) {
    self.currentBytes = currentBytes
    self.answers = answers
  }

  func checkReclaiming() throws(Errno) { if let checkError { throw checkError } }

  func memoryCurrentBytes() throws(Errno) -> UInt64 {
    if isRemoved { throw .noSuchFileOrDirectory }
    return currentBytes
  }

  func memorySwapCurrentBytes() throws(Errno) -> UInt64? { swapBytes }

  func reclaimMemory(bytes: UInt64) throws(Errno) {
    requests.append(bytes)
    switch answers.isEmpty ? .all : answers.removeFirst() {
    case .all: take(bytes)
    case .more(let most): take(most)
    case .less(let some):
      take(some)
      throw .resourceTemporarilyUnavailable
    case .refused(let error):
      if error == .noSuchDevice { isRemoved = true }
      throw error
    }
  }

  private func take(_ bytes: UInt64) {
    let gone = min(bytes, currentBytes)
    currentBytes -= gone
    swapBytes = swapBytes.map { $0 + gone }
  }
}

private let mebibyte: UInt64 = 1 << 20

@Suite struct `A reclaim from a control group` {
  @Test func `asks for all that the group is charged, 32 MiB at a time`() throws {
    let group = ScriptedGroup(70 * mebibyte)
    let report = try GroupReclaim.apply(to: group)
    #expect(group.requests == [32 * mebibyte, 32 * mebibyte, 6 * mebibyte])
    #expect(report.end == .completed)
    #expect(report.calls == 3)
    #expect(report.reclaimedBytes == 70 * mebibyte)
    #expect(report.beforeBytes == 70 * mebibyte && report.afterBytes == 0)
    #expect(report.swapBeforeBytes == 0 && report.swapAfterBytes == 70 * mebibyte)
  }

  private static let requests: [(UInt64, [UInt64])] = [
    (0, []), (4095, []), (mebibyte, [mebibyte]), (33 * mebibyte, [32 * mebibyte, mebibyte]),
  ]

  @Test(arguments: requests)
  func `asks for no more than the maximum`(maximum: UInt64, requests: [UInt64]) throws {
    let group = ScriptedGroup(70 * mebibyte)
    var options = AdviceOptions()
    options.maximumBytes = maximum
    let report = try GroupReclaim.apply(to: group, options)
    #expect(group.requests == requests)
    #expect(report.end == .completed)
    #expect(report.requestedBytes == maximum)
  }

  @Test func `goes on when less was found, as long as something goes`() throws {
    let group = ScriptedGroup(100 * mebibyte, [.less(16 * mebibyte), .less(4 * mebibyte), .less(mebibyte)])
    let report = try GroupReclaim.apply(to: group)
    #expect(group.requests == [32 * mebibyte, 32 * mebibyte, 32 * mebibyte])
    #expect(report.end == .exhausted)
    #expect(report.reclaimedBytes == 21 * mebibyte)
  }

  @Test func `counts what went beyond what was asked for`() throws {
    let group = ScriptedGroup(100 * mebibyte, [.more(60 * mebibyte)])
    var options = AdviceOptions()
    options.maximumBytes = 64 * mebibyte
    let report = try GroupReclaim.apply(to: group, options)
    #expect(group.requests == [32 * mebibyte, 4 * mebibyte])
    #expect(report.end == .completed)
    #expect(report.reclaimedBytes == 64 * mebibyte)
  }

  @Test func `stops when the group grows faster than it shrinks`() throws {
    let group = ScriptedGroup(100 * mebibyte, [.less(0)])
    let report = try GroupReclaim.apply(to: group)
    #expect(report.end == .exhausted)
    #expect(report.reclaimedBytes == 0)
  }

  @Test func `does not begin after its deadline, or when it is cancelled`() throws {
    let group = ScriptedGroup(100 * mebibyte)
    var options = AdviceOptions()
    options.deadlineNanoseconds = 0
    #expect(try GroupReclaim.apply(to: group, options).end == .deadlineReached)
    options.deadlineNanoseconds = nil
    let cancellation = try EventCounter()
    cancellation.signal()
    options.cancellation = cancellation.descriptor.number
    #expect(try GroupReclaim.apply(to: group, options).end == .cancelled)
    #expect(group.requests.isEmpty)
  }

  @Test func `ends between two requests when it is cancelled`() throws {
    let group = ScriptedGroup(100 * mebibyte)
    let cancellation = try EventCounter()
    var options = AdviceOptions()
    options.cancellation = cancellation.descriptor.number
    let report = try GroupReclaim.apply(to: group, options) { _ in cancellation.signal() }
    #expect(report.end == .cancelled)
    #expect(report.calls == 1 && report.reclaimedBytes == 32 * mebibyte)
  }

  @Test func `says that the group was removed meanwhile`() throws {
    let group = ScriptedGroup(100 * mebibyte, [.all, .refused(.noSuchDevice)])
    let report = try GroupReclaim.apply(to: group)
    #expect(report.end == .groupRemoved)
    #expect(report.reclaimedBytes == 32 * mebibyte)
    #expect(report.afterBytes == nil)
  }

  @Test(arguments: [
    (Errno.noSuchFileOrDirectory, ReclaimError.unsupported),
    (.permissionDenied, .notPermitted(.permissionDenied)),
    (.readOnlyFileSystem, .notPermitted(.readOnlyFileSystem)),
    (.tooManyOpenFiles, .kernel(.tooManyOpenFiles)),
  ])
  func `throws where the file cannot be written`(error: Errno, thrown: ReclaimError) {
    let group = ScriptedGroup(mebibyte)
    group.checkError = error
    #expect(throws: thrown) { try GroupReclaim.apply(to: group) }
  }

  @Test func `throws what the kernel says beyond that`() {
    let group = ScriptedGroup(mebibyte, [.refused(.invalidArgument)])
    #expect(throws: ReclaimError.kernel(.invalidArgument)) { try GroupReclaim.apply(to: group) }
  }

  /// Whether a group made below the tests' own one has the file.
  private static let hasReclaim: Bool = {
    guard let made = try? TestControlGroup(.unified), let group = try? made.open() else { return false }
    return (try? GroupReclaim.check(group)) != nil
  }()

  @Test(.enabled(if: hasReclaim, "no memory.reclaim: needs root, cgroup v2 with the memory controller, Linux 5.19"))
  func `drops the page cache of a member`() throws {
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    let program = BuiltProgram.url("scythe-victim").path
    // Charged to the group because the shell that starts the victim is a member already.
    let victim = try VictimProcess(
      program: "/bin/sh",
      ["-c", "echo $$ > \(made.path)/cgroup.procs; exec \(program) --file 64M"])
    defer { victim.end() }
    let report = try GroupReclaim.apply(to: try made.open())
    #expect(report.beforeBytes >= 64 * mebibyte)
    #expect(report.reclaimedBytes >= 32 * mebibyte)
    #expect((report.afterBytes ?? .max) < 64 * mebibyte)
  }

  @Test(.enabled(if: TestControlGroup.isAvailable(.unified) && !hasReclaim, "there is memory.reclaim, or no cgroup v2"))
  func `is unsupported where the group has no such file`() throws {
    let made = try TestControlGroup(.unified)
    defer { made.remove() }
    let group = try made.open()
    var thrown: ReclaimError?
    do throws(ReclaimError) { _ = try GroupReclaim.apply(to: group) } catch { thrown = error }
    #expect(thrown == .unsupported)
  }
}
