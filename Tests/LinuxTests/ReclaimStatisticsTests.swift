import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

/// Lines of 6.18 with neighbours whose names begin alike.
private let vmstat = """
  nr_free_pages 5830211
  workingset_nodes 66346
  workingset_refault_anon 17
  workingset_refault_file 504084
  workingset_activate_file 274797
  pswpin 11
  pswpout 13
  pgmajfault 5217
  pgsteal_kswapd 100
  pgsteal_direct 20
  pgsteal_khugepaged 7
  pgscan_kswapd 300
  pgscan_direct 40
  pgscan_direct_throttle 9
  oom_kill 2

  """

private func statistics(_ text: String) throws -> ReclaimStatistics {
  let tree = try TemporaryTree()
  try tree.write("vmstat", text)
  return try tree.procfs.reclaimStatistics()
}

@Suite struct `The vmstat file` {
  @Test func `is read as the kernel writes it`() throws {
    let page = Machine.pageBytes
    let read = try statistics(vmstat)
    #expect(read.swappedInBytes == 11 * page)
    #expect(read.swappedOutBytes == 13 * page)
    #expect(read.refaultedFileBytes == 504_084 * page)
    #expect(read.refaultedAnonymousBytes == 17 * page)
    #expect(read.scannedBytes == 340 * page)
    #expect(read.reclaimedBytes == 120 * page)
    #expect(read.directlyReclaimedBytes == 20 * page)
    #expect(read.majorFaults == 5217)
    #expect(read.kernelKills == 2)
  }

  @Test(arguments: [
    "", "pswpin", "pswpin ", "pswpin x", "pswpin -4", "pgscan_direct_throttle 9", "oom_killed 4",
    "workingset_refault_ 5", "workingset_refault 5", "pswpout 18446744073709551616", " pswpin 4", "\0oom_kill 4",
  ])
  func `is not changed by a line that is not known`(line: String) throws {
    #expect(try statistics(line + "\n") == ReclaimStatistics())
  }

  @Test func `does not trap where bytes do not fit`() throws {
    _ = try statistics("pgscan_kswapd 18446744073709551615\npgscan_direct 18446744073709551615\n")
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: vmstat) { input in
      var statistics = ReclaimStatistics()
      for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let line = Array(line)
        statistics.take(line.span, pageBytes: 4096)
      }
      return statistics.swappedInBytes % 4096 == 0 ? nil : "not whole pages"
    }
  }

  @Test func `of this machine makes sense`() throws {
    let first = try Procfs().reclaimStatistics()
    let second = try Procfs().reclaimStatistics()
    #expect(first.reclaimedBytes <= first.scannedBytes)
    #expect(second.majorFaults >= first.majorFaults && second.majorFaults > 0)
  }

  @Test func `that is not there is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.reclaimStatistics() }
  }
}
