import Foundation
import ScytheLinux
import TestSupport
import Testing

/// What the kernel counts in the larger areas of a process: those that a victim was asked for.
struct VictimMemory: Equatable {
  var residentBytes: UInt64 = 0
  var referencedBytes: UInt64 = 0

  init(_ pid: PID, atLeast bytes: UInt64 = 4 << 20) throws {
    // The code of a library is used by others too, who make advice in vain.
    try self.init(pid) { $0.length >= bytes && !$0.isExecutable }
  }

  /// Of the areas that begin in a range.
  init(_ pid: PID, in range: Range<UInt64>) throws { try self.init(pid) { range.contains($0.base) } }

  private init(_ pid: PID, where isMeant: (MemoryArea) -> Bool) throws {
    var sum = (resident: UInt64(0), referenced: UInt64(0))
    try Procfs().forEachArea(of: pid) { (details) throws(Errno) in
      if isMeant(details.area) {
        sum.resident += details.residentBytes
        sum.referenced += details.referencedBytes
      }
      return true
    }
    residentBytes = sum.resident
    referencedBytes = sum.referenced
  }
}

/// A thread of a victim that has several, but not the one whose number is the process's.
func threadBesideTheFirst(of victim: VictimProcess) throws -> PID {
  var found: PID?
  try Procfs().forEachThread(of: victim.pid) { (thread) throws(Errno) in
    if thread != victim.pid { found = thread }
    return found == nil
  }
  return try #require(found)
}

/// A range as a user writes it.
func rangeText(_ base: UInt64, _ length: UInt64) -> String {
  String(base, radix: 16) + "-" + String(base + length, radix: 16)
}

/// The report that `scythe advise --json` prints.
func adviseJSON(_ arguments: String...) throws -> (status: Int32, report: [String: Any]) {
  let result = try BuiltProgram.run(BuiltProgram.url("scythe"), ["advise", "--json"] + arguments)
  let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
  return (result.status, object as? [String: Any] ?? [:])
}

/// Kills a victim that is held in its exit, and waits until it is parked there: dying, with all its memory.
func killAndPark(_ victim: VictimProcess) throws {
  try ProcessDescriptor(victim.pid).send(.kill)
  for _ in 0..<500 where (try? Procfs().stat(of: victim.pid))?.state != UInt8(ascii: "t") { usleep(10_000) }
}
