import Foundation
import TestSupport
import Testing

@testable import ScytheLinux

@Suite struct `The reclaim files of a control group` {
  private func group(_ tree: TemporaryTree) throws -> ControlGroup {
    try ControlGroup(directory: FileDescriptor(PathBuffer(bytes: tree.path.utf8), .directory), version: .v2)
  }

  @Test func `take a number of bytes`() throws {
    let tree = try TemporaryTree()
    try tree.write("memory.reclaim", "")
    let group = try group(tree)
    try group.checkReclaiming()
    try group.reclaimMemory(bytes: 33_554_432)
    #expect(try String(contentsOfFile: tree.path + "/memory.reclaim", encoding: .utf8) == "33554432")
  }

  @Test func `may be missing`() throws {
    let tree = try TemporaryTree()
    let group = try group(tree)
    var thrown: Errno?
    do throws(Errno) { try group.checkReclaiming() } catch { thrown = error }
    #expect(thrown == .noSuchFileOrDirectory)
    #expect(try group.memorySwapCurrentBytes() == nil)
  }

  @Test(arguments: [("0\n", UInt64(0)), ("1048576\n", 1_048_576), ("18446744073709551615\n", .max)])
  func `say what is in swap`(text: String, bytes: UInt64) throws {
    let tree = try TemporaryTree()
    try tree.write("memory.swap.current", text)
    #expect(try group(tree).memorySwapCurrentBytes() == bytes)
  }

  @Test(arguments: [("max\n", UInt64.max), ("0\n", 0), ("1073741824\n", 1 << 30)])
  func `say how much swap the group may have`(text: String, bytes: UInt64) throws {
    let tree = try TemporaryTree()
    #expect(try group(tree).memorySwapMaximumBytes() == nil)
    try tree.write("memory.swap.max", text)
    #expect(try group(tree).memorySwapMaximumBytes() == bytes)
  }

  @Test(arguments: ["", "max\n", "-1\n"])
  func `are not understood if no kernel writes them so`(text: String) throws {
    let tree = try TemporaryTree()
    try tree.write("memory.swap.current", text)
    let group = try group(tree)
    var thrown: Errno?
    do throws(Errno) { _ = try group.memorySwapCurrentBytes() } catch { thrown = error }
    #expect(thrown == .badMessage)
  }
}
