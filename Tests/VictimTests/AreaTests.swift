import Foundation
import ScytheLinux
import TestSupport
import Testing

private let pageBytes = UInt64(getpagesize())

/// What the kernel must say of eight pages of one kind.
private struct Kind: CustomTestStringConvertible, Sendable {
  let letter: String
  let permissions: String
  var flags: Set<String> = []
  var anonymousPages: UInt64 = 8
  var name = ""

  var testDescription: String { letter }

  static let all = [
    Kind(letter: "a", permissions: "rw-p"),
    Kind(letter: "r", permissions: "r--p"),
    Kind(letter: "n", permissions: "---p"),
    Kind(letter: "l", permissions: "rw-p", flags: ["lo"]),
    Kind(letter: "u", permissions: "rw-p", flags: ["um"]),
    Kind(letter: "s", permissions: "rw-s", flags: ["ms"], anonymousPages: 0, name: "/dev/zero (deleted)"),
    Kind(letter: "p", permissions: "rw-p", name: "/memfd:scythe-victim (deleted)"),
    Kind(letter: "f", permissions: "r--p", anonymousPages: 0, name: "/scythe-victim-"),
    Kind(letter: "F", permissions: "r--s", flags: ["ms"], anonymousPages: 0, name: "/scythe-victim-"),
    Kind(letter: "S", permissions: "rw-s", flags: ["ms"], anonymousPages: 0, name: "/secretmem (deleted)"),
  ]
}

/// A victim with such areas; `nil`, and a line that says why, if this machine cannot have them.
private func makeVictim(_ areas: String, _ more: String...) throws -> VictimProcess? {
  do {
    return try VictimProcess(["--areas", areas] + more)
  } catch let refusal as VictimProcess.Unavailable where refusal.isRefusal {
    print("not run: areas \(areas): \(refusal)")
    return nil
  }
}

extension VictimProcess {
  /// The areas and the pages around them that must be unmapped.
  fileprivate func areas(pages: UInt64) throws -> (region: Range<UInt64>, around: Range<UInt64>) {
    let start = try #require(address("areas"))
    let region = start..<start + pages * pageBytes
    return (region, region.lowerBound - 16 * pageBytes..<region.upperBound + 16 * pageBytes)
  }
}

@Suite struct `An area` {
  @Test(arguments: Kind.all)
  fileprivate func `is of the kind that was asked for`(kind: Kind) throws {
    guard let victim = try makeVictim("\(kind.letter)8") else { return }
    let (region, around) = try victim.areas(pages: 8)
    let mappings = try Mapping.all(of: victim.pid, in: around)
    #expect(mappings.map(\.start) == [region.lowerBound])
    #expect(mappings.map(\.end) == [region.upperBound])
    let mapping = try #require(mappings.first)
    #expect(mapping.permissions == kind.permissions)
    #expect(mapping.flags.isSuperset(of: kind.flags), "\(mapping.flags)")
    #expect(mapping.bytes["Rss"] == 8 * pageBytes)
    #expect(mapping.bytes["Anonymous"] == kind.anonymousPages * pageBytes)
    #expect(mapping.bytes["AnonHugePages"] == 0)
    #expect(kind.name.isEmpty ? mapping.name.isEmpty : mapping.name.contains(kind.name), "\(mapping.name)")
    if kind.letter.lowercased() == "f" {
      #expect(mapping.bytes["Private_Dirty"] == 0 && mapping.bytes["Shared_Dirty"] == 0)
    }
  }

  // Rings have a page and a power of two of them, or one alone; the firmware of a PC is mapped 16 pages at a time.
  @Test(arguments: [1, 2, 3, 7, 16, 40] as [UInt64])
  func `of a device is one at each of its pages`(pages: UInt64) throws {
    guard let victim = try makeVictim("d\(pages)") else { return }
    let (region, around) = try victim.areas(pages: pages)
    let mappings = try Mapping.all(of: victim.pid, in: around)
    #expect(mappings.first?.start == region.lowerBound && mappings.last?.end == region.upperBound)
    #expect(zip(mappings, mappings.dropFirst()).allSatisfy { $0.end == $1.start })
    #expect(mappings.allSatisfy { $0.flags.contains("pf") && $0.bytes["Rss"] == 0 })
  }

  @Test func `lies directly behind the one before it`() throws {
    let victim = try #require(try makeVictim("x1,a2,x3,r2,l1,s4,n2,a1,a1,p3,x1,f2,F2,f1,x2", "--threads", "8"))
    let (region, around) = try victim.areas(pages: 28)
    var pages = [String](repeating: "", count: 28)
    for mapping in try Mapping.all(of: victim.pid, in: around) {
      #expect(mapping.start >= region.lowerBound && mapping.end <= region.upperBound)
      for address in stride(from: mapping.start, to: mapping.end, by: Int(pageBytes)) {
        pages[Int((address - region.lowerBound) / pageBytes)] = mapping.permissions
      }
    }
    let kinds: [(String, Int)] = [
      ("", 1), ("rw-p", 2), ("", 3), ("r--p", 2), ("rw-p", 1), ("rw-s", 4), ("---p", 2), ("rw-p", 5), ("", 1),
      ("r--p", 2), ("r--s", 2), ("r--p", 1), ("", 2),
    ]
    #expect(pages == kinds.flatMap { [String](repeating: $0.0, count: $0.1) })
  }

  @Test func `may be one of as many as an argument can name`() throws {
    let count = 21_000
    let victim = try #require(try makeVictim([String](repeating: "a1,r1", count: count).joined(separator: ",")))
    let (region, _) = try victim.areas(pages: UInt64(2 * count))
    // The text of smaps would be a million lines.
    var areas = try AreaCursor(of: victim.pid, .text)
    var found = 0
    var position = region.lowerBound
    while let area = try areas.next(atOrAfter: position), area.base < region.upperBound {
      found += 1
      position = area.end
    }
    #expect(found == 2 * count)
  }

  @Test(arguments: [("memfd_secret", "S1"), ("userfaultfd", "u1"), ("mlock", "l1")])
  func `that the kernel refuses is named, with the reason`(call: String, areas: String) throws {
    let victim = BuiltProgram.url("scythe-victim").path
    // ENOSYS, as on a kernel without the call.
    let result = try BuiltProgram.run(
      BuiltProgram.url("WithoutCalls"), ["\(call)=38", "--", victim, "--areas", "a1,\(areas)"])
    #expect(result.status == 69)
    #expect(result.output.hasPrefix("cannot: area \(areas.prefix(1))"), "\(result.output)")
    #expect(result.output.hasSuffix("\(call): Function not implemented\n"), "\(result.output)")
  }

  @Test(arguments: [
    "", "a", "a0", "b3", "a1,", ",a1", "a1,,a1", "a-1", "a 1", "a1 ", "a1x2", "99", "a1;x2", "a4194305",
    "a4194304,x1", "a99999999999999999999",
  ])
  func `is not made of a list that makes no sense`(areas: String) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe-victim"), ["--areas", areas])
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.error.hasPrefix("scythe-victim: --areas takes "), "\(result.error)")
    #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
  }
}

@Suite struct `A churning victim` {
  private static let churnBytes: UInt64 = 4 << 20

  @Test func `changes its mappings all the time, in their region only`() throws {
    let victim = try #require(try makeVictim("a2,x2,l2,n2", "--churn"))
    let (areas, around) = try victim.areas(pages: 8)
    let start = try #require(victim.address("churn"))
    let region = start..<start + Self.churnBytes
    let before = try Mapping.all(of: victim.pid, in: around)
    #expect(region.lowerBound >= around.upperBound)

    var seen: Set<String> = []
    for _ in 0..<1000 where seen.count < 20 {
      let churning = try Mapping.all(of: victim.pid, in: region.lowerBound - pageBytes..<region.upperBound + pageBytes)
      #expect(churning.allSatisfy { $0.start >= region.lowerBound && $0.end <= region.upperBound })
      seen.insert(churning.map { "\($0.start)-\($0.end) \($0.permissions)" }.joined(separator: "\n"))
    }
    #expect(seen.count == 20)
    // Both parts of a split are there.
    #expect(seen.contains { $0.contains("r--p") && $0.contains("rw-p") })

    let after = try Mapping.all(of: victim.pid, in: around)
    #expect(after.map(\.start) == before.map(\.start) && after.map(\.end) == before.map(\.end))
    #expect(after.map { $0.bytes["Rss"] } == before.map { $0.bytes["Rss"] })
    #expect(after.last?.end == areas.upperBound)
  }

  @Test func `needs no other areas, and dies like any other`() throws {
    let victim = try VictimProcess("--churn", "--held")
    #expect(victim.address("areas") == nil)
    #expect(victim.address("churn") != nil)
    try ProcessDescriptor(victim.pid).send(.kill)
    #expect(victim.ask("x") == "exited 9")
  }
}

@Suite struct `A victim that advises itself` {
  @Test func `tells how long that took`() throws {
    let victim = try VictimProcess("--anon", "8M", "--vmas", "4", "--pageout-self")
    #expect((Int(victim.values["pageout"] ?? "") ?? 0) > 0)
    let memory = try Procfs().countedMemory(of: victim.pid)
    #expect(memory.anonymousBytes + memory.swapBytes >= 8 << 20)
  }

  @Test(arguments: [
    ["--pageout-self"], ["--anon", "4M", "--unmap", "--pageout-self"], ["--areas", "a1", "--mmap-lock", "fuse"],
    ["--churn", "--mmap-lock", "fuse"], ["--churn=1"],
  ])
  func `is not made of options that make no sense`(options: [String]) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe-victim"), options)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
  }
}
