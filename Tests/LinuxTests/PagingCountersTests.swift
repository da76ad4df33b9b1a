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
  oom_kill 2

  """

private func counters(_ text: String) throws -> PagingCounters {
  let tree = try TemporaryTree()
  try tree.write("vmstat", text)
  return try tree.procfs.pagingCounters()
}

@Suite struct `The vmstat file` {
  @Test func `is read as the kernel writes it`() throws {
    let page = Machine.pageBytes
    let read = try counters(vmstat)
    #expect(read.swapInBytes == 11 * page)
    #expect(read.swapOutBytes == 13 * page)
    #expect(read.fileRefaultBytes == 504_084 * page)
    #expect(read.anonymousRefaultBytes == 17 * page)
    #expect(read.kernelKills == 2)
  }

  @Test(arguments: [
    "", "pswpin", "pswpin ", "pswpin x", "pswpin -4", "pgmajfault 9", "oom_killed 4",
    "workingset_refault_ 5", "workingset_refaults 5", "pswpout 18446744073709551616", " pswpin 4", "\0oom_kill 4",
  ])
  func `is not changed by a line that is not known`(line: String) throws {
    #expect(try counters(line + "\n") == PagingCounters())
  }

  @Test func `of a kernel that counts one kind of refault has it as that of files`() throws {
    #expect(try counters("workingset_refault 5\n").fileRefaultBytes == 5 * Machine.pageBytes)
  }

  @Test func `does not trap where bytes do not fit`() throws {
    _ = try counters("pswpin 18446744073709551615\n")
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: vmstat) { input in
      var counters = PagingCounters()
      for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let line = Array(line)
        counters.take(line.span, pageBytes: 4096)
      }
      return counters.swapInBytes % 4096 == 0 ? nil : "not whole pages"
    }
  }

  @Test func `of this machine makes sense`() throws {
    let first = try Procfs().pagingCounters()
    let second = try Procfs().pagingCounters()
    #expect(second.fileRefaultBytes >= first.fileRefaultBytes && second.swapOutBytes >= first.swapOutBytes)
  }

  @Test func `that is not there is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.pagingCounters() }
  }
}
