// SPDX-License-Identifier: GPL-2.0

public import CScythePolicy

/// What the policy asks of the kernel, about one call: the shim in the module, a model in the tests.
///
/// Where nothing else is said, a function returns 0 or a negated errno, as the kernel does. What each does is told in
/// `policy.h`.
public protocol Kernel {
  /// Makes the running kernel's own call, as the caller made it.
  func original() -> Int
  /// Makes the running kernel's own call with an empty vector: nothing but its checks.
  func check(advice: Int32) -> Int

  /// Imports the caller's vector by the kernel's rules.
  func importVector() -> Int32
  /// Takes the next element of the imported vector; 0 if there is none left.
  func nextElement(_ element: inout scythe_range) -> Int32
  /// Copies an element of the caller's vector as it is.
  func copyElement(_ index: UInt, _ element: inout scythe_range) -> Int32

  /// Finds the target's memory, to advise it while it is in use.
  func openForAdvice() -> Int32
  /// Finds the target's memory, to release it.
  func openForRelease() -> Int32
  /// What has become of the target's memory: `SCYTHE_MEMORY_`.
  func memoryFacts() -> UInt32
  /// Whether every process that uses the memory is dying; 0 if not.
  func isDying() -> Int32
  /// Returns when no thread of a dying target can run in user mode again.
  func settle()
  /// Lets accesses fail that would find zeroes from here on.
  func markUnstable()

  /// Keeps the users of the memory from falling to none; 0 if there is none any more.
  func hold() -> Int32
  /// Ends `hold`.
  func letGo()
  /// Hands over the list heads of every thread that uses the memory.
  func forEachThread(_ heads: inout ListHeads)
  /// Reads the memory while it is held.
  func read(_ address: UInt, into bytes: UnsafeMutableRawPointer, count: UInt32) -> Int32
  /// Room for `SCYTHE_HEADS` addresses.
  func headsRoom() -> UnsafeMutablePointer<UInt>
  /// Room for `SCYTHE_PMADV_ROBUST_PAGES` addresses, if there is memory for it.
  func pagesRoom() -> UnsafeMutablePointer<UInt>?

  /// Takes the lock on the mappings, for reading.
  func lock() -> Int32
  /// Gives it back.
  func unlock()
  /// The first mapping that ends behind an address; 0 if there is none. Under the lock.
  func nextArea(_ address: UInt, _ area: inout scythe_area) -> Int32
  /// Releases a part of the last mapping that was asked for. Under the lock.
  func zap(_ start: UInt, _ length: UInt)
  /// Gives the kernel's own advice to a part of the memory. Without the lock.
  func advise(_ start: UInt, _ length: UInt, _ advice: Int32) -> Int32
  /// Whether everybody else has left the memory; 0 if not.
  func isAbandoned() -> Int32
  /// Whether the caller has a fatal signal; 0 if not.
  func callerIsKilled() -> Int32
}

/// A number of the C headers as the kernel returns it.
func failure(_ errno: Int32) -> Int { 0 &- Int(truncatingIfNeeded: errno) }

/// Where the addresses of programs end, a page below the half of the address space.
let userEnd: UInt = 0x7fff_ffff_f000

let pageBytes = UInt(truncatingIfNeeded: SCYTHE_PAGE_BYTES)

/// A huge page: memory comes back when all of it is released.
let hugePageBytes: UInt = 2 << 20

func isPageAligned(_ address: UInt) -> Bool { address & (pageBytes &- 1) == 0 }
