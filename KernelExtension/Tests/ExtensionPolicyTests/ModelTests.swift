// SPDX-License-Identifier: GPL-2.0

import CScythePolicy
import ExtensionPolicy
import Testing

/// What must come of a call, said page by page and without any of the policy's own words.
private struct PageModel {
  var areas: [FakeKernel.Area]
  var spared: Set<UInt> = []

  /// The pages that are reached, and where a budget ends.
  func walk(
    from start: UInt, to end: UInt, budget: UInt = .max, takes: (FakeKernel.Area) -> Bool
  ) -> (reached: [UInt], next: UInt) {
    var reached: [UInt] = []
    var left = budget
    for area in areas where takes(area) {
      var at = max(area.start, start)
      while at < min(area.end, end) {
        reached.append(at)
        at += page
        left -= page
        if left == 0 && at < min(end, 0x7fff_ffff_f000) { return (reached, at) }
        if left == 0 { return (reached, 0) }
      }
    }
    return (reached, 0)
  }

  static func isReleased(_ area: FakeKernel.Area, lockedToo: Bool) -> Bool {
    if area.facts & SCYTHE_AREA_HUGETLB != 0 || area.facts & SCYTHE_AREA_PFNMAP != 0 { return false }
    if area.facts & SCYTHE_AREA_LOCKED != 0 && !lockedToo { return false }
    return area.facts & SCYTHE_AREA_ANONYMOUS != 0 || area.facts & SCYTHE_AREA_SHARED == 0
  }

  static func isAdvised(_ area: FakeKernel.Area) -> Bool {
    area.facts & SCYTHE_AREA_HUGETLB == 0 && area.facts & SCYTHE_AREA_PFNMAP == 0
      && area.facts & SCYTHE_AREA_LOCKED == 0
  }

  /// An element of a vector: the pages until the first that must not be, and the answer.
  func element(_ start: UInt, _ length: UInt, lockedToo: Bool) -> (released: [UInt], error: Int) {
    if start % page != 0 { return ([], -22) }
    let (end, wraps) = start.addingReportingOverflow(length)
    if wraps || end > UInt.max - 4_095 { return ([], -22) }
    let stop = (end + 4_095) / page * page
    var released: [UInt] = []
    var mapped: UInt = 0
    for area in areas where area.end > start && area.start < stop {
      var other = area
      other.facts |= SCYTHE_AREA_ANONYMOUS
      if !Self.isReleased(other, lockedToo: lockedToo) { return (released, -22) }
      for at in stride(from: max(area.start, start), to: min(area.end, stop), by: Int(page)) { released.append(at) }
      mapped += min(area.end, stop) - max(area.start, start)
    }
    return (released, mapped == stop - start ? 0 : -12)
  }
}

/// Random address spaces, ranges, budgets and lists.
@Suite struct `Random calls` {
  private static let seed = UInt64.random(in: 0...UInt64.max)
  private static let rounds = 200

  private func randomAreas(_ generator: inout SeededGenerator) -> [FakeKernel.Area] {
    let facts = [
      SCYTHE_AREA_HUGETLB, SCYTHE_AREA_PFNMAP, SCYTHE_AREA_SHARED, SCYTHE_AREA_LOCKED, SCYTHE_AREA_ANONYMOUS, 0,
    ]
    var at = UInt(generator.upTo(20)) * page
    return (0..<generator.upTo(generator.oneIn(8) ? 2_500 : 40)).map { _ in
      if generator.oneIn(2) { at += UInt(generator.upTo(30)) * page }
      if generator.oneIn(20) { at = (at + 4 * megabyte) & ~(2 * megabyte - 1) }
      let length = UInt(1 + generator.upTo(generator.oneIn(30) ? 40_000 : 12)) * page
      var area = FakeKernel.Area(start: at, end: at + length)
      if generator.oneIn(3) { area.facts = facts.randomElement(using: &generator)! }
      if generator.oneIn(6) { area.facts |= facts.randomElement(using: &generator)! }
      area.isWilling = !generator.oneIn(9)
      at += length
      return area
    }
  }

  /// Links some words of memory into lists, and says which pages exit will read.
  private func randomLists(_ kernel: FakeKernel, _ generator: inout SeededGenerator) -> Set<UInt> {
    var spared: Set<UInt> = []
    guard let top = kernel.areas.last?.end, top > 4 * page else { return [] }
    var used: Set<UInt> = []
    // Not on one another: each has 256 bytes of its own.
    func place(_ isCompat: Bool) -> UInt {
      while true {
        let at = UInt.random(in: 1..<(min(top, isCompat ? 1 << 32 : .max) / 128), using: &generator) * 128
        if used.insert(at).inserted && used.insert(at + 128).inserted { return at }
      }
    }
    // Some lie on two pages.
    func entry(_ isCompat: Bool) -> UInt { place(isCompat) + (generator.oneIn(3) ? 126 : 16) }
    func keep(_ address: UInt, _ count: UInt) {
      spared.insert(address / page * page)
      spared.insert((address + count - 1) / page * page)
    }
    // Each takes 14 slots of 128 bytes at most: with three quarters of them free, a place is found soon.
    let most = Int(min(top, 1 << 32) / 128 / 56)
    kernel.threads = (0..<min(most, generator.upTo(generator.oneIn(10) ? 200 : 6))).map { _ in
      let isCompat = generator.oneIn(3)
      let word: UInt = isCompat ? 4 : 8
      let head = place(isCompat)
      let entries = (0..<(generator.oneIn(2) ? 0 : generator.upTo(5))).map { _ in entry(isCompat) }
      let offset = Int.random(in: -64...64, using: &generator) * 4
      let futexOffset = UInt(bitPattern: offset) & (isCompat ? 0xffff_ffff : .max)
      let pending: UInt = generator.oneIn(6) ? entry(isCompat) : 0
      var at = head
      for entry in entries + [head] {
        let isPriority = generator.oneIn(3) && entry != head
        kernel.put(entry | (isPriority ? 1 : 0), at: at, count: Int(word))
        at = entry
      }
      kernel.put(futexOffset, at: head + word, count: Int(word))
      kernel.put(pending, at: head + 2 * word, count: Int(word))
      if !entries.isEmpty || pending != 0 { keep(head, 3 * word) }
      for entry in entries { keep(entry, word) }
      for entry in entries + (pending == 0 ? [] : [pending]) {
        let futex = UInt(bitPattern: Int(entry) + offset)
        keep(isCompat ? futex & 0xffff_ffff : futex, 4)
      }
      return isCompat ? .init(compat: head) : .init(native: head)
    }
    return spared
  }

  private func randomStretch(_ areas: [FakeKernel.Area], _ generator: inout SeededGenerator) -> Range<UInt> {
    let top = Int((areas.last?.end ?? 0) / page) + 20
    let start = generator.upTo(top)
    return UInt(start) * page..<UInt(start + 1 + generator.upTo(top)) * page
  }

  @Test func `release the pages of the model, and no more than the budget at a time`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<Self.rounds {
      let says: Comment = "seed \(Self.seed), round \(round)"
      let kernel = FakeKernel()
      kernel.areas = randomAreas(&generator)
      let spared = randomLists(kernel, &generator)
      let model = PageModel(areas: kernel.areas, spared: spared)
      let lockedToo = generator.oneIn(2)
      let advice = lockedToo ? SCYTHE_MADV_DONTNEED_LOCKED : SCYTHE_MADV_DONTNEED
      let isBounded = generator.oneIn(2)
      var stretch = isBounded ? randomStretch(kernel.areas, &generator) : 0..<0x7fff_ffff_f000
      let budget: UInt? = generator.oneIn(2) ? UInt(1 + generator.upTo(generator.oneIn(2) ? 50 : 100_000)) * page : nil
      var flags = PMADV_FLAG_RANGE
      if isBounded { flags |= SCYTHE_PMADV_BOUNDS }
      if budget != nil { flags |= SCYTHE_PMADV_BUDGET }
      var expected: Set<UInt> = []
      var calls = 0
      while true {
        kernel.vector = isBounded || budget != nil ? [scythe_range(start: stretch.lowerBound, length: budget ?? 7)] : []
        if isBounded { kernel.vector.append(scythe_range(start: stretch.upperBound, length: 9)) }
        let said = model.walk(from: stretch.lowerBound, to: stretch.upperBound, budget: budget ?? .max) {
          PageModel.isReleased($0, lockedToo: lockedToo)
        }
        let answer = kernel.call(advice: advice, flags: UInt32(flags))
        if spared.count > Int(SCYTHE_PMADV_ROBUST_PAGES) {
          #expect(answer == -11 && kernel.released.isEmpty, says)
          break
        }
        expected.formUnion(said.reached.filter { !spared.contains($0) })
        guard answer == Int(said.next) else {
          Issue.record("\(says): \(answer) instead of \(said.next)")
          return
        }
        calls += 1
        if answer == 0 || calls == 40 { break }
        stretch = UInt(answer)..<max(stretch.upperBound, UInt(answer) + page)
        if UInt(answer) + page > stretch.upperBound { break }
      }
      #expect(kernel.hasReleased(expected), says)
      #expect(kernel.longestHold <= 64 * megabyte, says)
      #expect(kernel.isClean, "\(says): \(kernel.breaches.prefix(3))")
      if !kernel.isClean { return }
    }
  }

  @Test func `by vector release the pages of the model, and return its bytes or its error`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<Self.rounds {
      let says: Comment = "seed \(Self.seed), round \(round)"
      let kernel = FakeKernel()
      kernel.areas = randomAreas(&generator)
      let spared = randomLists(kernel, &generator)
      if spared.count > Int(SCYTHE_PMADV_ROBUST_PAGES) { continue }
      let model = PageModel(areas: kernel.areas, spared: spared)
      let lockedToo = generator.oneIn(2)
      kernel.vector = (0..<generator.upTo(6)).map { _ in
        // Mostly within one mapping.
        if let area = kernel.areas.randomElement(using: &generator), !generator.oneIn(5) {
          let start = UInt.random(in: area.start / page..<area.end / page, using: &generator) * page
          return scythe_range(start: start, length: UInt.random(in: 0...(area.end - start), using: &generator))
        }
        if generator.oneIn(5) {
          return scythe_range(
            start: .random(in: 0...UInt.max, using: &generator), length: .random(in: 0...UInt.max, using: &generator))
        }
        let stretch = randomStretch(kernel.areas, &generator)
        return scythe_range(start: stretch.lowerBound, length: stretch.upperBound - stretch.lowerBound)
      }
      var expected: Set<UInt> = []
      var bytes = 0
      var error = 0
      for element in kernel.vector where error == 0 {
        let said = model.element(element.start, element.length, lockedToo: lockedToo)
        expected.formUnion(said.released.filter { !spared.contains($0) })
        error = said.error
        if error == 0 { bytes += Int(element.length) }
      }
      let answer = kernel.call(advice: lockedToo ? SCYTHE_MADV_DONTNEED_LOCKED : SCYTHE_MADV_DONTNEED, flags: 0)
      #expect(answer == (bytes != 0 ? bytes : error), says)
      #expect(kernel.hasReleased(expected), says)
      #expect(kernel.isClean, "\(says): \(kernel.breaches.prefix(3))")
    }
  }

  @Test func `advise the pages of the model`() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<Self.rounds {
      let says: Comment = "seed \(Self.seed), round \(round)"
      let kernel = FakeKernel()
      kernel.areas = randomAreas(&generator)
      let model = PageModel(areas: kernel.areas)
      let stretch = randomStretch(kernel.areas, &generator)
      let budget = UInt(1 + generator.upTo(generator.oneIn(2) ? 500 : 60_000)) * page
      kernel.vector = [
        scythe_range(start: stretch.lowerBound, length: budget), scythe_range(start: stretch.upperBound, length: 0),
      ]
      let said = model.walk(
        from: stretch.lowerBound, to: stretch.upperBound, budget: budget, takes: PageModel.isAdvised)
      let unwilling = pages(model.areas.filter { !$0.isWilling }.map { $0.start..<$0.end })
      let answer = kernel.call(
        advice: SCYTHE_MADV_COLD, flags: bits(PMADV_FLAG_RANGE, SCYTHE_PMADV_BOUNDS, SCYTHE_PMADV_BUDGET))
      #expect(answer == Int(said.next), says)
      #expect(kernel.hasAdvised(Set(said.reached).subtracting(unwilling)), says)
      #expect(kernel.isClean, "\(says): \(kernel.breaches.prefix(3))")
    }
  }
}
