// SPDX-License-Identifier: GPL-2.0

import CScythePolicy
import ExtensionPolicy
import Testing

@Suite struct `Robust lists` {
  /// All memory is one mapping.
  private func kernel() -> FakeKernel {
    let kernel = FakeKernel()
    kernel.areas = [.init(start: page, end: 4_096 * page)]
    return kernel
  }

  private func kept(_ kernel: FakeKernel) -> Set<UInt> {
    Set(pages(kernel.areas.map { $0.start..<$0.end })).subtracting(pages(kernel.released))
  }

  @Test func `that are empty keep no page`() {
    let kernel = kernel()
    kernel.threads = (1...300).map { .init(native: UInt($0) * 3 * page) }
    for thread in kernel.threads {
      kernel.put(thread.native, at: thread.native)
      kernel.put(32, at: thread.native + 8)
      kernel.put(0, at: thread.native + 16)
    }
    #expect(kernel.call() == 0)
    #expect(kept(kernel).isEmpty)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test func `keep the head, the entries and the futexes`() {
    let kernel = kernel()
    let head = 10 * page + 64
    let first = 20 * page + 8
    // The link and the futex on two pages; and a link that is on two by itself.
    let second = 31 * page - 4
    kernel.threads = [.init(native: head)]
    kernel.put(first | 1, at: head)
    kernel.put(UInt(bitPattern: -32), at: head + 8)
    kernel.put(second, at: head + 16)
    kernel.put(second, at: first)
    kernel.put(head, at: second)
    #expect(kernel.call() == 0)
    // first - 32 is on the page before.
    #expect(kept(kernel) == [10 * page, 20 * page, 19 * page, 30 * page, 31 * page])
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test func `keep a mutex that is about to be locked, whose link is not read`() {
    let kernel = kernel()
    let head = 10 * page
    kernel.threads = [.init(native: head)]
    kernel.put(head, at: head)
    kernel.put(page, at: head + 8)
    kernel.put(40 * page | 1, at: head + 16)
    #expect(kernel.call() == 0)
    #expect(kept(kernel) == [10 * page, 41 * page])
  }

  @Test func `of a 32-bit program have words and addresses of 32 bits`() {
    let kernel = kernel()
    let head = 10 * page
    kernel.threads = [.init(compat: head)]
    kernel.put(50 * page | 1, at: head, count: 4)
    // 0xffff_f000: a page before the entry, in 32 bits.
    kernel.put(0xffff_f000, at: head + 4, count: 4)
    kernel.put(0, at: head + 8, count: 4)
    kernel.put(head, at: 50 * page, count: 4)
    #expect(kernel.call() == 0)
    #expect(kept(kernel) == [10 * page, 49 * page, 50 * page])
  }

  @Test func `of both forms are kept for one thread`() {
    let kernel = kernel()
    kernel.threads = [.init(native: 10 * page, compat: 12 * page)]
    kernel.put(11 * page, at: 10 * page)
    kernel.put(0, at: 10 * page + 8)
    kernel.put(0, at: 10 * page + 16)
    kernel.put(10 * page, at: 11 * page)
    kernel.put(13 * page, at: 12 * page, count: 4)
    kernel.put(0, at: 12 * page + 4, count: 4)
    kernel.put(0, at: 12 * page + 8, count: 4)
    kernel.put(12 * page, at: 13 * page, count: 4)
    #expect(kernel.call() == 0)
    #expect(kept(kernel) == [10 * page, 11 * page, 12 * page, 13 * page])
  }

  @Test func `that never end are followed as far as exit follows them`() {
    let kernel = kernel()
    kernel.threads = [.init(native: 10 * page)]
    kernel.put(11 * page, at: 10 * page)
    kernel.put(0, at: 10 * page + 8)
    kernel.put(0, at: 10 * page + 16)
    kernel.put(12 * page, at: 11 * page)
    kernel.put(11 * page, at: 12 * page)
    #expect(kernel.call() == 0)
    #expect(kept(kernel) == [10 * page, 11 * page, 12 * page])
    // 2,048 entries and no more: the next one's page goes.
    let long = self.kernel()
    long.threads = [.init(native: page)]
    long.put(2 * page, at: page)
    long.put(0, at: page + 8)
    long.put(0, at: page + 16)
    for entry in 0..<UInt(2_049) {
      let at = 2 * page + entry * 512
      long.put(at + 512, at: at)
    }
    #expect(long.call() == 0)
    #expect(kept(long) == pages([page..<(2 * page + 2_048 * 512)]))
  }

  /// A chain of one entry per page.
  private func chain(_ kernel: FakeKernel, _ head: UInt, _ entries: UInt) {
    kernel.put(entries == 0 ? head : head + page, at: head)
    kernel.put(0, at: head + 8)
    kernel.put(0, at: head + 16)
    for entry in 1..<max(entries + 1, 1) {
      kernel.put(entry == entries ? head : head + (entry + 1) * page, at: head + entry * page)
    }
  }

  @Test func `of 512 pages are kept; with one more, nothing is released`() {
    let kernel = kernel()
    kernel.threads = [.init(native: 600 * page), .init(native: 2_000 * page)]
    chain(kernel, 600 * page, 254)
    chain(kernel, 2_000 * page, 256)
    #expect(kernel.call() == 0)
    #expect(kept(kernel).count == 512)
    kernel.threads.append(.init(native: 3_000 * page))
    chain(kernel, 3_000 * page, 1)
    let before = kernel.released.count
    #expect(kernel.call() == -11)
    #expect(kernel.released.count == before)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test func `that cannot be read, or kept, let nothing be released`() {
    let kernel = kernel()
    kernel.threads = [.init(native: 10 * page)]
    #expect(kernel.call() == -11)
    kernel.put(11 * page, at: 10 * page)
    kernel.put(0, at: 10 * page + 8)
    #expect(kernel.call() == -11)
    kernel.put(0, at: 10 * page + 16)
    #expect(kernel.call() == -11)
    kernel.unreadableAnswer = -SCYTHE_EINTR
    #expect(kernel.call() == -4)
    kernel.put(10 * page, at: 11 * page)
    kernel.hasRoom = false
    #expect(kernel.call() == -11)
    #expect(kernel.released.isEmpty && kernel.marked == 0)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }

  @Test func `that were released before cannot be read by exit either`() {
    let kernel = kernel()
    kernel.threads = [.init(native: 10 * page), .init(native: 20 * page)]
    chain(kernel, 20 * page, 2)
    kernel.facts = SCYTHE_MEMORY_UNSTABLE
    #expect(kernel.call() == 0)
    #expect(kept(kernel) == [20 * page, 21 * page, 22 * page])
    // But a disk that fails is no such proof.
    kernel.unreadableAnswer = -5
    #expect(kernel.call() == -11)
  }

  @Test func `that nobody has any more need not be read`() {
    let kernel = kernel()
    kernel.threads = [.init(native: 10 * page)]
    kernel.hasUsers = false
    #expect(kernel.call() == 0)
    #expect(kept(kernel).isEmpty && kernel.isClean)
  }

  @Test func `of any number of threads are all read, in any order`() {
    let kernel = kernel()
    kernel.areas = [.init(start: page, end: 65_536 * page)]
    // Two processes share some heads.
    kernel.threads = (1...500).map { .init(native: UInt($0 * 37 % 1_009) * 64 * page) }
    kernel.threads += kernel.threads.prefix(70)
    for thread in kernel.threads { chain(kernel, thread.native, 0) }
    for thread in kernel.threads.prefix(100) { chain(kernel, thread.native, 2) }
    #expect(kernel.call() == 0)
    let kept = kept(kernel)
    #expect(kept.count == 300)
    let lost = kernel.threads.prefix(100).filter { !kept.contains($0.native + 2 * page) }
    #expect(lost.isEmpty)
    #expect(kernel.isClean, "\(kernel.breaches)")
  }
}
