// SPDX-License-Identifier: GPL-2.0

import CScythePolicy
import ExtensionPolicy
import Testing

private let budgeted = bits(PMADV_FLAG_RANGE, SCYTHE_PMADV_BUDGET)

@Suite struct `A release` {
  private func kernel(_ areas: FakeKernel.Area...) -> FakeKernel {
    let kernel = FakeKernel()
    kernel.areas = areas
    return kernel
  }

  @Test func `of a live process is EINVAL and changes nothing`() {
    let kernel = kernel(.init(start: page, end: 9 * page))
    kernel.isTargetDying = false
    #expect(kernel.call() == -22)
    #expect(kernel.released.isEmpty && kernel.marked == 0 && kernel.settled == 0)
    #expect(kernel.isClean)
  }

  @Test(arguments: [true, false]) func `of what the kernel has reaped is done already`(isDying: Bool) {
    let kernel = kernel(.init(start: page, end: 9 * page))
    kernel.facts = SCYTHE_MEMORY_REAPED
    kernel.isTargetDying = isDying
    #expect(kernel.call() == 0)
    kernel.vector = [scythe_range(start: page, length: page)]
    #expect(kernel.call(flags: 0) == 0)
    #expect(kernel.released.isEmpty && kernel.originalCalls == 0)
  }

  @Test func `looks under every hold of the lock whether exit is through`() {
    let kernel = kernel(.init(start: 0, end: 256 * megabyte))
    kernel.reapedAtLock = 3
    #expect(kernel.call() == 0)
    #expect(pages(kernel.released).count == 128 * 256)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test func `holds the lock for 64 MiB at a time, and cuts no huge page`() {
    let kernel = kernel(
      .init(start: 3 * page, end: 3 * page + 40 * megabyte), .init(start: 64 * megabyte, end: 300 * megabyte))
    #expect(kernel.call() == 0)
    #expect(kernel.longestHold <= 64 * megabyte && kernel.locks >= 4)
    for range in kernel.released {
      #expect(range.upperBound % (2 * megabyte) == 0 || kernel.areas.contains { $0.end == range.upperBound })
    }
    #expect(pages(kernel.released).count == 276 * 256)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test func `of very many mappings lets go of the lock too`() {
    let kernel = FakeKernel()
    kernel.areas = (1...5_000).map { .init(start: UInt($0) * 2 * page, end: (UInt($0) * 2 + 1) * page) }
    #expect(kernel.call() == 0)
    #expect(kernel.locks >= 5)
    #expect(pages(kernel.released).count == 5_000)
  }

  @Test func `ends when the caller is killed`() {
    let kernel = kernel(.init(start: 0, end: 256 * megabyte))
    kernel.killedAfter = 2
    #expect(kernel.call() == -4)
    #expect(pages(kernel.released).count == 128 * 256)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test func `reaches to the end of the address space`() {
    let top: UInt = 0x7fff_ffff_f000
    let kernel = kernel(.init(start: top - 4 * page, end: top))
    #expect(kernel.call() == 0)
    #expect(pages(kernel.released).count == 4)
    kernel.vector = [scythe_range(start: top - page, length: 0), scythe_range(start: UInt.max & ~4095, length: 0)]
    #expect(kernel.call(flags: bits(PMADV_FLAG_RANGE, SCYTHE_PMADV_BOUNDS)) == 0)
    kernel.vector = [scythe_range(start: UInt.max & ~4095, length: page)]
    #expect(kernel.call(flags: budgeted) == 0)
    #expect(pages(kernel.released).count == 4)
  }

  @Test func `with a budget ends to the page, and goes on from the address that it returned`() {
    let kernel = kernel(.init(start: page, end: 4 * page), .init(start: 8 * page, end: 1_000 * page))
    kernel.vector = [scythe_range(start: 0, length: 5 * page)]
    let next = kernel.call(flags: budgeted)
    #expect(next == 10 * 4096)
    #expect(pages(kernel.released) == [1, 2, 3, 8, 9].reduce(into: []) { $0.insert($1 * page) })
    kernel.vector = [scythe_range(start: UInt(next), length: 1 << 62)]
    #expect(kernel.call(flags: budgeted) == 0)
    #expect(pages(kernel.released).count == 995)
  }

  @Test func `by vector stops at the element that fails, and says how far it came`() {
    let kernel = kernel(
      .init(start: page, end: 4 * page), .init(start: 8 * page, end: 10 * page, facts: SCYTHE_AREA_LOCKED))
    kernel.vector = [
      scythe_range(start: page, length: 5_000), scythe_range(start: page, length: 0),
      scythe_range(start: 2 * page, length: 4 * page), scythe_range(start: page, length: page),
    ]
    #expect(kernel.call(flags: 0) == 5_000)
    // The hole is told, the mapped part before it is done; what comes behind is not.
    #expect(pages(kernel.released) == [page, 2 * page, 3 * page])
    kernel.vector = [scythe_range(start: 2 * page, length: 4 * page)]
    #expect(kernel.call(flags: 0) == -12)
    kernel.vector = [scythe_range(start: 8 * page, length: page)]
    #expect(kernel.call(flags: 0) == -22)
    #expect(kernel.call(advice: SCYTHE_MADV_DONTNEED_LOCKED, flags: 0) == 4_096)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test(
    arguments: [(1, 4_096), (4_096, UInt.max), (UInt.max & ~4_095, 8_192), (4_096, UInt.max & ~4_095)] as [(UInt, UInt)]
  )
  func `by vector refuses what is unaligned or wraps`(start: UInt, length: UInt) {
    let kernel = kernel(.init(start: 0, end: 64 * page))
    kernel.vector = [scythe_range(start: start, length: length)]
    #expect(kernel.call(flags: 0) == -22)
    #expect(kernel.released.isEmpty)
  }

  @Test(arguments: UInt32(0)..<32) func `takes the mappings that its form takes`(facts: UInt32) {
    let kernel = kernel(.init(start: page, end: 2 * page, facts: facts))
    let unfit = facts & (SCYTHE_AREA_HUGETLB | SCYTHE_AREA_PFNMAP) != 0
    let locked = facts & SCYTHE_AREA_LOCKED != 0
    let isOthers = facts & SCYTHE_AREA_SHARED != 0 && facts & SCYTHE_AREA_ANONYMOUS == 0
    kernel.vector = [scythe_range(start: page, length: page)]
    #expect(kernel.call() == 0)
    #expect(kernel.released.isEmpty == (unfit || locked || isOthers))
    let before = kernel.released.count
    #expect(kernel.call(advice: SCYTHE_MADV_DONTNEED_LOCKED) == 0)
    #expect((kernel.released.count == before) == (unfit || isOthers))
    #expect(kernel.call(flags: 0) == (unfit || locked ? -22 : 4_096))
  }
}

@Suite struct `Advice` {
  @Test func `joins mappings that lie side by side, up to 64 MiB`() {
    let kernel = FakeKernel()
    kernel.areas = (0..<50_000).map { .init(start: UInt($0) * page, end: (UInt($0) + 1) * page) }
    #expect(kernel.call(advice: SCYTHE_MADV_COLD) == 0)
    #expect(pages(kernel.advised).count == 50_000)
    #expect(kernel.adviceCalls.count == 4)
  }

  @Test func `passes over what it does not fit, though nobody could tell before`() {
    let kernel = FakeKernel()
    kernel.areas = (0..<100).map { .init(start: UInt($0) * page, end: (UInt($0) + 1) * page, isWilling: $0 % 7 != 3) }
    #expect(kernel.call(advice: SCYTHE_MADV_COLD) == 0)
    #expect(pages(kernel.advised) == pages(kernel.areas.filter(\.isWilling).map { $0.start..<$0.end }))
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test(arguments: [SCYTHE_EINVAL, SCYTHE_ENOMEM, SCYTHE_EBADF, SCYTHE_EBUSY, SCYTHE_EAGAIN])
  func `goes on after an error that is one mapping's own`(error: Int32) {
    let kernel = FakeKernel()
    kernel.areas = [.init(start: page, end: 2 * page), .init(start: 4 * page, end: 5 * page)]
    kernel.adviceErrors = [-error]
    #expect(kernel.call(advice: SCYTHE_MADV_COLLAPSE) == 0)
    #expect(pages(kernel.advised) == [4 * page])
  }

  @Test func `ends with an error that is not`() {
    let kernel = FakeKernel()
    kernel.areas = [.init(start: page, end: 2 * page), .init(start: 4 * page, end: 5 * page)]
    kernel.adviceErrors = [-SCYTHE_EINTR]
    #expect(kernel.call(advice: SCYTHE_MADV_PAGEOUT) == -4)
    kernel.killedAfter = 0
    #expect(kernel.call(advice: SCYTHE_MADV_PAGEOUT) == -4)
    #expect(kernel.adviceCalls.count == 1 && kernel.isClean)
  }

  @Test func `ends when everybody else has left the memory`() {
    let kernel = FakeKernel()
    kernel.areas = (0..<9).map { .init(start: UInt($0) * 2 * page, end: (UInt($0) * 2 + 1) * page) }
    kernel.abandonedAfter = 4
    #expect(kernel.call(advice: SCYTHE_MADV_COLD) == -3)
    #expect(kernel.advised.count == 4 && kernel.isClean)
  }

  @Test func `needs no dying process, and spares nothing`() {
    let kernel = FakeKernel()
    kernel.isTargetDying = false
    kernel.threads = [.init(native: 0x1000)]
    kernel.areas = [.init(start: page, end: 2 * page)]
    for advice in [SCYTHE_MADV_COLD, SCYTHE_MADV_PAGEOUT, SCYTHE_MADV_WILLNEED, SCYTHE_MADV_COLLAPSE] {
      #expect(kernel.call(advice: advice) == 0)
    }
    #expect(kernel.advised.count == 4 && kernel.marked == 0 && kernel.released.isEmpty && kernel.threadWalks == 0)
  }
}
