// SPDX-License-Identifier: GPL-2.0

import CScythePolicy
import ExtensionPolicy
import Testing

private let range = bits(PMADV_FLAG_RANGE)
private let bounded = bits(PMADV_FLAG_RANGE, SCYTHE_PMADV_BOUNDS)
private let budgeted = bits(PMADV_FLAG_RANGE, SCYTHE_PMADV_BUDGET)
private let both = bits(PMADV_FLAG_RANGE, SCYTHE_PMADV_BOUNDS, SCYTHE_PMADV_BUDGET)
private let query = bits(SCYTHE_PMADV_QUERY)

/// A call, and what it must answer although the target could be released.
struct BadCall: CustomTestStringConvertible, Sendable {
  var name: String
  var flags: UInt32
  var vector: [Range] = []
  var count: Int?
  var advice = SCYTHE_MADV_DONTNEED
  var pidfd: Int32 = 3
  var unreadable: Int?
  var answer = Int(-SCYTHE_EINVAL)

  struct Range: Sendable {
    var start: UInt
    var length: UInt
    init(_ start: UInt, _ length: UInt) { (self.start, self.length) = (start, length) }
  }
  var testDescription: String { name }
}

private let badCalls = [
  BadCall(name: "bounds of one element", flags: bounded, vector: [.init(0, 0)]),
  BadCall(name: "bounds of three", flags: bounded, vector: [.init(0, 0), .init(page, 0), .init(page, 0)]),
  BadCall(name: "bounds that are equal", flags: bounded, vector: [.init(page, 0), .init(page, 0)]),
  BadCall(name: "bounds the wrong way round", flags: bounded, vector: [.init(2 * page, 0), .init(page, 0)]),
  BadCall(name: "an unaligned start", flags: bounded, vector: [.init(1, 0), .init(page, 0)]),
  BadCall(name: "an unaligned end", flags: bounded, vector: [.init(0, 0), .init(page + 1, 0)]),
  BadCall(
    name: "a start that cannot be read", flags: bounded, vector: [.init(0, 0), .init(page, 0)], unreadable: 0,
    answer: Int(-SCYTHE_EFAULT)),
  BadCall(
    name: "an end that cannot be read", flags: bounded, vector: [.init(0, 0), .init(page, 0)], unreadable: 1,
    answer: Int(-SCYTHE_EFAULT)),
  BadCall(name: "a budget without an element", flags: budgeted),
  BadCall(name: "a budget in two elements", flags: budgeted, vector: [.init(0, page), .init(page, 0)]),
  BadCall(name: "a budget of nothing", flags: budgeted, vector: [.init(0, 0)]),
  BadCall(name: "an unaligned budget", flags: budgeted, vector: [.init(0, page + 8)]),
  BadCall(name: "a budget from an unaligned address", flags: budgeted, vector: [.init(8, page)]),
  BadCall(name: "a budget and a wrong end", flags: both, vector: [.init(page, page), .init(page, 0)]),
  BadCall(name: "a range of free", flags: range, advice: 8),
  BadCall(name: "a range of an advice that is none", flags: range, advice: 4_711),
  BadCall(name: "a query of a process", flags: query),
  BadCall(name: "a query with a vector", flags: query, vector: [.init(0, 0)], pidfd: -1),
  BadCall(name: "a query with a count", flags: query, count: 1, pidfd: -1),
  BadCall(name: "a query with an advice", flags: query, pidfd: -1),
]

@Suite struct `Calls` {
  @Test func `are the extension's by their flags and advice alone`() {
    let releases = [SCYTHE_MADV_DONTNEED, SCYTHE_MADV_DONTNEED_LOCKED]
    for advice in Int32(-1)...110 {
      #expect(isExtended(advice: advice, flags: 0) == releases.contains(advice))
      for flags in [range, bounded, budgeted, both, query] { #expect(isExtended(advice: advice, flags: flags)) }
      for bit in 0..<32 {
        let flag = UInt32(1) << bit
        #expect(isExtended(advice: advice, flags: flag) == [range, query].contains(flag))
        #expect(isExtended(advice: advice, flags: range | flag) == [range, bounded, budgeted].contains(range | flag))
        #expect(isExtended(advice: advice, flags: query | flag) == (flag == query))
      }
    }
  }

  @Test(arguments: badCalls) func `that are malformed change nothing`(call: BadCall) {
    let kernel = FakeKernel()
    kernel.areas = [.init(start: 0, end: 64 * page)]
    kernel.vector = call.vector.map { scythe_range(start: $0.start, length: $0.length) }
    kernel.unreadableElement = call.unreadable
    #expect(kernel.call(pidfd: call.pidfd, count: call.count, advice: call.advice, flags: call.flags) == call.answer)
    #expect(kernel.released.isEmpty && kernel.marked == 0 && kernel.settled == 0 && kernel.originalCalls == 0)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test func `that ask for version and abilities get them`() {
    let kernel = FakeKernel()
    kernel.openAnswer = -9
    let answer = kernel.call(pidfd: -1, advice: 0, flags: query)
    #expect(answer & Int(SCYTHE_PMADV_VERSION_MASK) == 1)
    #expect(answer >> 16 == 0b11111)
  }

  @Test func `that name a whole process import a vector, and ignore it`() {
    let kernel = FakeKernel()
    kernel.areas = [.init(start: page, end: 3 * page)]
    kernel.vector = [scythe_range(start: 1, length: 1)]
    #expect(kernel.call() == 0)
    #expect(pages(kernel.released) == [page, 2 * page])
    kernel.importAnswer = -SCYTHE_EFAULT
    #expect(kernel.call() == -14)
    kernel.importAnswer = -SCYTHE_EINVAL
    #expect(kernel.call() == -22)
  }

  @Test(arguments: [-SCYTHE_EBADF, -SCYTHE_ESRCH, -13, -1])
  func `with a range answer what finding the target answers`(error: Int32) {
    let kernel = FakeKernel()
    kernel.openAnswer = error
    #expect(kernel.call() == Int(error))
    #expect(kernel.call(advice: SCYTHE_MADV_COLD) == Int(error))
    kernel.openAnswer = 0
    kernel.checkAnswer = Int(error)
    #expect(kernel.call(advice: SCYTHE_MADV_COLD) == Int(error))
    #expect(kernel.released.isEmpty && kernel.adviceCalls.isEmpty && kernel.originalCalls == 0)
  }

  @Test func `with a vector for a target that is not dying, or cannot be found, are the stock call`() {
    let kernel = FakeKernel()
    kernel.vector = [scythe_range(start: 0, length: page)]
    kernel.areas = [.init(start: 0, end: page)]
    kernel.openAnswer = -SCYTHE_EBADF
    #expect(kernel.call(flags: 0) == -22)
    kernel.openAnswer = 0
    kernel.isTargetDying = false
    #expect(kernel.call(flags: 0) == -22)
    #expect(kernel.originalCalls == 2 && kernel.released.isEmpty && kernel.marked == 0)
  }
}

@Suite struct `A process` {
  @Test(arguments: UInt32(0)..<8) func `is dying in group exit, unless it dumps core or is a kernel thread`(
    facts: UInt32
  ) {
    #expect(isDying(processFacts: facts) == (facts == SCYTHE_PROCESS_GROUP_EXIT))
  }
}
