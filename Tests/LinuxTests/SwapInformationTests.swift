import Foundation
import Testing

@testable import ScytheLinux

private let swaps = """
  Filename				Type		Size		Used		Priority
  /dev/zram0                              partition	2097148		1024		100
  /swap\\040file                           file		1048576		0		-2

  """

@Suite struct `The swaps file` {
  private func information(_ text: String) throws -> SwapInformation {
    let tree = try TemporaryTree()
    try tree.write("swaps", text)
    return try tree.procfs.swapInformation()
  }

  @Test func `is read as the kernel writes it`() throws {
    let swap = try information(swaps)
    #expect(swap.areas == 2 && swap.zramAreas == 1)
    #expect(swap.totalBytes == (2_097_148 + 1_048_576) << 10)
    #expect(swap.usedBytes == 1 << 20)
  }

  @Test(arguments: [
    "", "\n", "Filename Type Size Used Priority\n", "/dev/sda1\n", "/dev/sda1 partition\n", "/dev/sda1 partition 5\n",
    "/dev/sda1 partition -5 0 0\n", "/dev/sda1 partition 18446744073709551615 0 0\n",
    "/dev/sda1 partition 5 18446744073709551615 0\n", "/dev/sda1 partition x 0 0\n", "dev partition 5 5 0\n",
  ])
  func `has no area in a malformed line`(text: String) throws {
    #expect(try information(text) == SwapInformation())
    #expect(try information(swaps + text).areas == 2)
  }

  @Test func `does not trap where the sum does not fit`() throws {
    let line = "/dev/a partition 18014398509481983 18014398509481983 0\n"
    #expect(try information(line + line).areas == 2)
  }

  @Test func `survives every damage`() {
    HostileInput.forEach(like: swaps) { input in
      var swap = SwapInformation()
      for line in input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        let line = Array(line)
        swap.take(line.span)
      }
      return swap.zramAreas <= swap.areas ? nil : "more zram than areas"
    }
  }

  @Test func `that is not there is ENOENT`() throws {
    let tree = try TemporaryTree()
    #expect(throws: Errno.noSuchFileOrDirectory) { try tree.procfs.swapInformation() }
  }

  @Test func `of this machine agrees with meminfo`() throws {
    let swap = try Procfs().swapInformation()
    #expect(try swap.totalBytes == Procfs().memoryInformation().swapTotalBytes)
    #expect(swap.usedBytes <= swap.totalBytes)
  }
}

extension TemporaryTree {
  /// A file system of devices with this tree as its root.
  fileprivate var sysfs: Sysfs { Sysfs(root: PathBuffer(bytes: path.utf8)) }
}

@Suite struct `The zram devices` {
  private let statistics = " 1310720   317953  1056768        0  1056768      129        0        3        0\n"

  @Test func `are summed, those without a size left out`() throws {
    let tree = try TemporaryTree()
    for (name, size) in [("zram0", "8589934592\n"), ("zram1", "0\n"), ("zram12", "4096\n")] {
      try tree.write("block/\(name)/disksize", size)
      try tree.write("block/\(name)/mm_stat", statistics)
    }
    try tree.write("block/vda/disksize", "77\n")
    let zram = try tree.sysfs.zramInformation()
    #expect(zram.devices == 2)
    #expect(zram.capacityBytes == 8_589_934_592 + 4096)
    #expect(zram.storedBytes == 2 * 1_310_720)
    #expect(zram.usedBytes == 2 * 1_056_768)
  }

  @Test(arguments: [
    ("", "1 2 3"), ("x", "1 2 3"), ("4096", ""), ("4096", "1"), ("4096", "1 2"), ("4096", "-1 2 3"),
    ("4096", "1 2 18446744073709551616"), ("18446744073709551616", "1 2 3"),
  ])
  func `that say something else are left out`(size: String, statistics: String) throws {
    let tree = try TemporaryTree()
    try tree.write("block/zram0/disksize", size)
    try tree.write("block/zram0/mm_stat", statistics)
    #expect(try tree.sysfs.zramInformation() == ZramInformation())
  }

  @Test func `that go away are left out`() throws {
    let tree = try TemporaryTree()
    try tree.makeDirectory("block/zram0")
    #expect(try tree.sysfs.zramInformation() == ZramInformation())
  }

  @Test func `survive every damage`() {
    HostileInput.forEach(like: statistics) { input in
      var zram = ZramInformation()
      let size = Array("4096\n".utf8)
      let isTaken = zram.take(size: size.span, statistics: input.span)
      return isTaken == (zram.devices == 1) ? nil : "half taken"
    }
  }

  @Test func `of this machine hold no more than they may`() throws {
    guard let zram = try? Sysfs().zramInformation() else { return print("skipped: no /sys/block here") }
    #expect(zram.storedBytes <= zram.capacityBytes)
  }
}
