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

@Suite struct `The kinds of memory in the meminfo file` {
  private let text = """
    MemTotal:       24684096 kB
    Active:           1111 kB
    Active(anon):     2222 kB
    Active(file):   259040 kB
    Unevictable:     16908 kB
    AnonPages:      667140 kB
    Shmem:            8872 kB
    ShmemHugePages:      4 kB
    SReclaimable:   1063512 kB
    SUnreclaim:      69636 kB

    """

  @Test func `are read as the kernel writes them`() throws {
    let tree = try TemporaryTree()
    try tree.write("meminfo", text)
    let kinds = try Procfs.memoryInformationAndKinds(from: tree.procfs.openMemoryInformation()).kinds
    #expect(kinds.activeFileBytes == 259_040 << 10)
    #expect(kinds.anonymousBytes == 667_140 << 10)
    #expect(kinds.sharedBytes == 8872 << 10)
    #expect(kinds.unevictableBytes == 16_908 << 10)
    #expect(kinds.unreclaimableSlabBytes == 69_636 << 10)
  }

  @Test func `survive every damage`() {
    HostileInput.forEach(like: text) { input in
      var kinds = MemoryKinds()
      for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let line = Array(line)
        kinds.take(line.span)
      }
      return kinds.sharedBytes % 1024 == 0 ? nil : "not whole kB"
    }
  }

  @Test func `of this machine are parts of the memory`() throws {
    let (information, kinds) = try Procfs.memoryInformationAndKinds(from: Procfs().openMemoryInformation())
    #expect(kinds.anonymousBytes > 0 && kinds.anonymousBytes < information.totalBytes)
    #expect(kinds.activeFileBytes < information.totalBytes && kinds.unreclaimableSlabBytes > 0)
  }
}
