import TestSupport
import Testing

@testable import ScytheLinux

private let v2 = """
  anon 4923392
  file 134217728
  kernel 1048576
  shmem 4096
  file_mapped 8192
  inactive_anon 4919296
  inactive_file 132120576
  active_file 2097152
  slab_reclaimable 65536
  slab_unreclaimable 131072
  workingset_refault_anon 5
  workingset_refault_file 3

  """
private let v1 = """
  cache 1
  rss 2
  inactive_file 3
  active_file 4
  total_cache 134217728
  total_rss 4923392
  total_rss_huge 2097152
  total_shmem 4096
  total_inactive_file 132120576
  total_active_file 2097152

  """

private func read(_ text: String, _ version: ControlGroupVersion) -> ControlGroupMemoryStatistics {
  var statistics = ControlGroupMemoryStatistics()
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    let bytes = Array(line.utf8)
    statistics.take(bytes.span, version, pageBytes: 4096)
  }
  return statistics
}

@Suite struct `The memory_stat file of a group` {
  @Test func `is read as either generation writes it`() {
    var expected = ControlGroupMemoryStatistics()
    expected.anonymousBytes = 4_923_392
    expected.activeFileBytes = 2_097_152
    expected.sharedBytes = 4096
    expected.inactiveFileBytes = 132_120_576
    #expect(read(v1, .v1) == expected)
    expected.reclaimableSlabBytes = 65536
    expected.fileRefaultBytes = 3 * 4096
    expected.anonymousRefaultBytes = 5 * 4096
    #expect(read(v2, .v2) == expected)
  }

  @Test(arguments: [
    "", "anon", "anon x", "anon -5", "anon_thp 5", "file_mapped 7", "inactive_file: 5", "anon 18446744073709551616",
  ])
  func `is not changed by a line that is not known`(line: String) {
    #expect(read(line, .v2) == ControlGroupMemoryStatistics())
    #expect(read(line, .v1) == ControlGroupMemoryStatistics())
  }

  @Test func `survives every damage`() {
    for (text, version) in [(v1, ControlGroupVersion.v1), (v2, .v2)] {
      HostileInput.forEach(like: text) { input in
        _ = read(String(decoding: input, as: UTF8.self), version)
        return nil
      }
    }
  }
}
