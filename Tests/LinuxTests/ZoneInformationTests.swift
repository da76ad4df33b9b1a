import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

/// Two zones of 6.18, shortened by counters; `count:` stands below `pagesets` and nowhere else.
private let zoneinfo = """
  Node 0, zone    DMA32
    per-node stats
        nr_inactive_anon 4083
        nr_slab_reclaimable 14326
    pages free     772917
          boost    0
          min      9118
          managed  772917
          protection: (0, 0, 2560, 2560, 2560)
        nr_free_pages 772917
        numa_other   0
    pagesets
      cpu: 0
                count:    123
                high:     1024
                batch:    63
                high_min: 2279
                high_max: 48307
    vm stats threshold: 16
      cpu: 1
                count:    4
                high:     1024
                batch:    63
    vm stats threshold: 16
    node_unreclaimable:  0
    start_pfn:           4096
  Node 0, zone   Normal
    pages free     5120
          nr_page_count 77
    pagesets
      cpu: 0
                count: 21789
                high:  24000
  Node 0, zone  Movable
    pages free     0
          protection: (0, 0, 0, 0, 0)

  """

private func perCPUPages(_ text: String) throws -> UInt64 {
  let tree = try TemporaryTree()
  try tree.write("zoneinfo", text)
  return try tree.procfs.zoneInformation().perCPUListBytes / Machine.pageBytes
}

@Suite struct `The per-CPU lists` {
  @Test func `are summed over all CPUs of all zones`() throws {
    #expect(try perCPUPages(zoneinfo) == 123 + 4 + 21789)
  }

  @Test(arguments: [
    "", "\n", "count:\n", "count: -5\n", "count: x\n", "counter: 5\n", "  nr_count: 5\n", "  page count: 5\n",
    "count 5\n", "count: 18446744073709551616\n", "count: 999999999999999999999999999999\n", "\0count: 5\n",
    "high: 5\n",
  ])
  func `are not made longer by a line that is not theirs`(text: String) throws {
    #expect(try perCPUPages(text) == 0)
    #expect(try perCPUPages("count: 7\n" + text) == 7)
  }

  @Test func `do not trap where the sum does not fit`() throws {
    _ = try perCPUPages("count: 18446744073709551615\ncount: 18446744073709551615\n")
  }

  @Test func `cut anywhere are at most as long`() throws {
    for text in HostileInput.truncations(of: zoneinfo) {
      #expect(try perCPUPages(String(decoding: text, as: UTF8.self)) <= 123 + 4 + 21789)
    }
  }

  @Test func `of this machine are those below pagesets`() throws {
    // The real file counts twice as fast as the lists change: only the lines are compared, not the pages.
    let text = String(decoding: try #require(FileManager.default.contents(atPath: "/proc/zoneinfo")), as: UTF8.self)
    var isPagesets = false
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if line.hasPrefix("Node") { isPagesets = false }
      if words == ["pagesets"] { isPagesets = true }
      if words.first == "count:" { #expect(isPagesets, "a count outside of pagesets: \(line)") }
    }
    let total = try Procfs().memoryInformation().totalBytes
    #expect(try Procfs().zoneInformation().perCPUListBytes < total)
  }
}

/// Zones of 6.18 with what they keep back.
private let marks = """
  Node 0, zone    DMA32
    pages free     772917
          min      9118
          low      13677
          high     18236
          managed  772917
          protection: (0, 0, 2560, 2560, 2561)
    pagesets
      cpu: 0
                count:    123
                high:     1024
  Node 0, zone   Normal
    pages free     5120
          high     300
          managed  250
          protection: (0, 0, 0, 0, 0)
  Node 0, zone  Movable
    pages free     0
          managed  0
          protection: (0, 0, 0, 0, 0)

  """

private func zones(_ text: String) throws -> ZoneInformation {
  let tree = try TemporaryTree()
  try tree.write("zoneinfo", text)
  return try tree.procfs.zoneInformation()
}

@Suite struct `What the zones keep back` {
  @Test func `is the high mark and the largest protection, but not more than a zone has`() throws {
    let information = try zones(marks)
    #expect(information.reserveBytes == (18236 + 2561 + 250) * Machine.pageBytes)
    #expect(information.perCPUListBytes == 123 * Machine.pageBytes)
  }

  @Test(arguments: [
    "high: 5\nmanaged 9\nprotection: (0)\n", "high -1\nmanaged 9\nprotection: (0)\n", "managed 9\n", "protection\n",
    "high 5\nprotection: (7)\n", "\0high 5\nmanaged 9\nprotection: (0)\n", "high 5\nmanaged x\nprotection: (0)\n",
  ])
  func `is not more for a line that is not theirs`(text: String) throws {
    #expect(try zones(text).reserveBytes == 0)
  }

  @Test func `does not trap where it does not fit`() throws {
    let most = "18446744073709551615"
    _ = try zones("high \(most)\nmanaged \(most)\nprotection: (\(most))\n")
    HostileInput.forEach(like: marks) { input in
      _ = try? zones(String(decoding: input, as: UTF8.self))
      return nil
    }
  }

  @Test func `cut anywhere is at most as much`() throws {
    let whole = try zones(marks)
    for text in HostileInput.truncations(of: marks) {
      #expect(try zones(String(decoding: text, as: UTF8.self)).reserveBytes <= whole.reserveBytes)
    }
  }

  @Test func `of this machine is a small part of the memory`() throws {
    let reserve = try Procfs().zoneInformation().reserveBytes
    #expect(reserve > 0)
    #expect(reserve < (try Procfs().memoryInformation().totalBytes) / 4)
  }

  @Test func `that is not there is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.zoneInformation() }
  }
}
