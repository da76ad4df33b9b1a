import Foundation
import ScytheLinux
import ScytheReclaim
import TestSupport
import Testing

/// Starts a victim; `nil`, and a line that says why, if this machine cannot have such areas.
private func makeVictim(_ arguments: String...) throws -> VictimProcess? {
  do {
    return try VictimProcess(arguments)
  } catch let refusal as VictimProcess.Unavailable where refusal.isRefusal {
    print("not run: \(arguments): \(refusal)")
    return nil
  }
}

private let isCollapseKnown = (try? MemoryAdviceProbe.check(.collapse)) != nil

private func region(_ victim: VictimProcess, pages: UInt64) throws -> [AddressRange] {
  [AddressRange(base: try #require(victim.address("areas")), length: pages * pageBytes)]
}

@Suite struct `An area that cannot take advice` {
  struct Case: CustomTestStringConvertible, Sendable {
    let areas: String
    let reason: SkipReason
    var testDescription: String { areas }
  }

  @Test(
    arguments: [Case(areas: "a4,l4,a4", reason: .locked), Case(areas: "a4,d4,a4", reason: .device)], [false, true])
  func `is skipped by reason, and its neighbours are advised`(one: Case, countsAreas: Bool) throws {
    guard let victim = try makeVictim("--areas", one.areas) else { return }
    var options = AdviceOptions()
    options.countsAreas = countsAreas
    let report = try advise(victim.pid, .cold, try region(victim, pages: 12), options)
    #expect(report.end == .completed)
    #expect(report.skipped[one.reason].bytes == 4 * pageBytes)
    #expect(report.skipped.total.bytes == 4 * pageBytes)
    if countsAreas { #expect(report.advised?.areas == 2 && report.advised?.bytes == 8 * pageBytes) }
    var model = PageModel(one.areas)
    _ = model.advise(model.all(try #require(victim.address("areas"))), try #require(victim.address("areas")))
    try model.expectAgreement(with: victim)
  }

  @Test(arguments: [false, true])
  func `is recognised by the text of maps too`(countsAreas: Bool) throws {
    let victim = try VictimProcess("--areas", "a4,l4,a4")
    var options = AdviceOptions()
    options.countsAreas = countsAreas
    let report = try advise(victim.pid, TextKernel(), .cold, try region(victim, pages: 12), options)
    #expect(report.skipped[.locked].bytes == 4 * pageBytes)
    #expect(report.skipped.total.areas == 1)
  }

  @Test func `of hugetlbfs is skipped without being tried`() throws {
    guard let victim = try makeVictim("--hugetlb", "4M", "--anon", "1M") else { return }
    let report = try advise(victim.pid, .cold, nil, .counting)
    #expect(report.skipped[.hugetlb].areas == 1)
    #expect(report.skipped[.hugetlb].bytes == 4 << 20)
  }

  @Test func `may be secret memory`() throws {
    guard let victim = try makeVictim("--areas", "a4,S4,a4") else { return }
    let report = try advise(victim.pid, .cold, try region(victim, pages: 12), .counting)
    // Since some version the kernel takes the advice and does nothing about it.
    #expect(report.end == .completed)
    #expect((report.advised?.bytes ?? 0) + report.skipped.total.bytes == 12 * pageBytes)
    #expect(report.skipped[.locked].bytes == report.skipped.total.bytes)
  }

  @Test(arguments: [false, true])
  func `is the kernel's own, in every process`(countsAreas: Bool) throws {
    let victim = try VictimProcess("--anon", "1M")
    var options = AdviceOptions()
    options.countsAreas = countsAreas
    let report = try advise(victim.pid, .cold, nil, options)
    #expect(report.end == .completed)
    // [vvar] until 7.1 or so, [vvar_vclock] where there is one, [vsyscall] in the text alone.
    #expect(report.skipped[.kernel].areas >= 1)
    #expect(report.skipped.total == report.skipped[.kernel])
  }

  @Test func `counts once, however many chunks it is`() throws {
    // 33 MiB: pageOut goes in chunks of 32 MiB.
    let victim = try VictimProcess("--areas", "a1,l8448,a1")
    let report = try advise(victim.pid, .pageOut, try region(victim, pages: 8450), .counting)
    #expect(report.skipped[.locked].areas == 1)
    #expect(report.skipped[.locked].bytes == 8448 * pageBytes)
    #expect(report.advised?.areas == 2)
  }

  @Test(.enabled(if: isCollapseKnown, "MADV_COLLAPSE came with Linux 6.1"))
  func `for collapse is one that holds no whole huge page`() throws {
    let victim = try VictimProcess("--anon", "8M")
    let report = try advise(victim.pid, .collapse)
    #expect(report.end == .completed)
    #expect(report.skipped[.tooSmall].areas > 0)
    // The victim's memory wishes no huge pages.
    #expect(report.skipped[.notEligible].areas > 0)
  }

  @Test(
    .enabled(if: isCollapseKnown, "MADV_COLLAPSE came with Linux 6.1"),
    .enabled(if: (try? Sysfs().hugePageUse()) != .never, "transparent huge pages are off"))
  func `for collapse is none that may have huge pages`() throws {
    guard let victim = try makeVictim("--anon", "8M", "--thp") else { return }
    let report = try advise(victim.pid, .collapse)
    #expect((report.advised?.bytes ?? 0) >= 8 << 20)
  }
}
