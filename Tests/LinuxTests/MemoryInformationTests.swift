import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

private let meminfo = """
  MemTotal:       24684096 kB
  MemFree:        23927964 kB
  MemAvailable:   24156244 kB
  Buffers:            4980 kB
  Cached:           413296 kB
  SwapCached:           12 kB
  Active:           259040 kB
  SwapTotal:       2097148 kB
  SwapFree:        2097136 kB
  HugePages_Total:       0
  Hugepagesize:       2048 kB

  """

private func take(_ line: String, into information: MemoryInformation = MemoryInformation()) -> MemoryInformation {
  var information = information
  let bytes = Array(line.utf8)
  information.take(bytes.span)
  return information
}

@Suite struct `The meminfo file` {
  @Test func `is read as the kernel writes it`() throws {
    let tree = try TemporaryTree()
    try tree.write("meminfo", meminfo)
    let information = try tree.procfs.memoryInformation()
    #expect(information.totalBytes == 24_684_096 << 10)
    #expect(information.freeBytes == 23_927_964 << 10)
    #expect(information.availableBytes == 24_156_244 << 10)
    #expect(information.swapTotalBytes == 2_097_148 << 10)
    #expect(information.swapFreeBytes == 2_097_136 << 10)
  }

  @Test(arguments: [
    "", "\n", "\0\0\0\0", "MemFree: 1 kB\n", "MemTotal:\n", "MemTotal: 0 kB\n", "MemTotal: -1 kB\n",
    "MemTotal: 24684096\n", "MemTotal: 18446744073709551615 kB\n", "MemTotal: 999999999999999999999999999999 kB\n",
    "XMemTotal: 1 kB\n",
  ])
  func `without MemTotal is EBADMSG`(text: String) throws {
    let tree = try TemporaryTree()
    try tree.write("meminfo", text)
    #expect(throws: Errno.badMessage) { try tree.procfs.memoryInformation() }
  }

  @Test func `that is not there is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.memoryInformation() }
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.perCPUListBytes() }
  }

  @Test(arguments: [
    "MemFree:", "MemFree: 1", "MemFree: -1 kB", "MemAvailable: x kB", "SwapTotal: 18446744073709551616 kB",
    "SwapFree:\01 kB", "SwapFree 1 kB", "SwapCached: 5 kB", "MemTotal\t: 5 kB", "",
  ])
  func `is not changed by a malformed line`(line: String) {
    #expect(take(line) == MemoryInformation())
    let before = take("MemTotal: 8 kB", into: take("SwapFree: 4 kB"))
    #expect(take(line, into: before) == before)
  }

  @Test func `cut anywhere has whole values or none`() throws {
    let tree = try TemporaryTree()
    for text in HostileInput.truncations(of: meminfo) {
      try tree.write("meminfo", text)
      guard let cut = try? tree.procfs.memoryInformation() else {
        #expect(text.count < "MemTotal:       24684096 kB".count, "refused after \(text.count) bytes")
        continue
      }
      #expect(cut.totalBytes == 24_684_096 << 10)
      #expect([0, 23_927_964 << 10].contains(cut.freeBytes))
      #expect([0, 24_156_244 << 10].contains(cut.availableBytes))
      #expect([0, 2_097_148 << 10].contains(cut.swapTotalBytes))
      #expect([0, 2_097_136 << 10].contains(cut.swapFreeBytes))
    }
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: meminfo) { input in
      var information = MemoryInformation()
      for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let line = Array(line)
        information.take(line.span)
      }
      return information.totalBytes % 1024 == 0 ? nil : "not whole kB"
    }
  }

  @Test func `of this machine makes sense`() throws {
    let information = try Procfs().memoryInformation()
    #expect(information.totalBytes > 64 << 20)
    #expect(information.freeBytes <= information.totalBytes)
    #expect(information.availableBytes <= information.totalBytes)
    #expect(information.swapFreeBytes <= information.swapTotalBytes)
  }
}

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
  return try tree.procfs.perCPUListBytes() / Machine.pageBytes
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
    #expect(try Procfs().perCPUListBytes() < total)
  }
}
