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

/// Two zones of 6.18 with their watermarks.
private let watermarks = """
  Node 0, zone    DMA32
    pages free     772917
          boost    0
          min      9118
          low      13677
          high     18236
          promo    22795
    pagesets
      cpu: 0
                count:    123
                high:     1024
  Node 0, zone   Normal
    pages free     5120
          min      100
          low      200
          high     300

  """

private func zones(_ text: String) throws -> ZoneInformation {
  let tree = try TemporaryTree()
  try tree.write("zoneinfo", text)
  return try tree.procfs.zoneInformation()
}

@Suite struct `The watermarks` {
  @Test func `are summed over all zones`() throws {
    let information = try zones(watermarks)
    #expect(information.minimumBytes == 9218 * Machine.pageBytes)
    #expect(information.lowBytes == 13877 * Machine.pageBytes)
    #expect(information.highBytes == 18536 * Machine.pageBytes)
    #expect(information.perCPUListBytes == 123 * Machine.pageBytes)
  }

  @Test(arguments: [
    "min\n", "min -1\n", "min x\n", "minimum 5\n", "high: 5\n", "low 18446744073709551616\n", "\0min 5\n",
  ])
  func `are not raised by a line that is not theirs`(text: String) throws {
    #expect(try zones(text) == ZoneInformation())
  }

  @Test func `cut anywhere are at most as high`() throws {
    let whole = try zones(watermarks)
    for text in HostileInput.truncations(of: watermarks) {
      let cut = try zones(String(decoding: text, as: UTF8.self))
      #expect(cut.minimumBytes <= whole.minimumBytes && cut.highBytes <= whole.highBytes)
    }
  }

  @Test func `of this machine are in their order`() throws {
    let information = try Procfs().zoneInformation()
    #expect(information.minimumBytes > 0)
    #expect(information.minimumBytes <= information.lowBytes && information.lowBytes <= information.highBytes)
    #expect(information.highBytes < (try Procfs().memoryInformation().totalBytes))
  }

  @Test func `that are not there are ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.zoneInformation() }
  }
}
