// SPDX-License-Identifier: GPL-2.0

// The policy's entry points in the module, and the shim as the policy sees it. Not part of the package: on a host there
// is no shim.

public import CScythePolicy

/// A call in progress.
@safe private struct Shim: Kernel {
  let call: OpaquePointer

  func original() -> Int { unsafe scythe_original(call) }
  func check(advice: Int32) -> Int { unsafe scythe_check(call, advice) }
  func importVector() -> Int32 { unsafe scythe_import_vector(call) }
  func nextElement(_ element: inout scythe_range) -> Int32 { unsafe scythe_next_element(call, &element) }
  func copyElement(_ index: UInt, _ element: inout scythe_range) -> Int32 {
    unsafe scythe_copy_element(call, index, &element)
  }
  func openForAdvice() -> Int32 { unsafe scythe_open_for_advice(call) }
  func openForRelease() -> Int32 { unsafe scythe_open_for_release(call) }
  func memoryFacts() -> UInt32 { unsafe scythe_memory_facts(call) }
  func isDying() -> Int32 { unsafe scythe_is_dying(call) }
  func settle() { unsafe scythe_settle(call) }
  func markUnstable() { unsafe scythe_mark_unstable(call) }
  func hold() -> Int32 { unsafe scythe_hold(call) }
  func letGo() { unsafe scythe_let_go(call) }
  func forEachThread(_ heads: inout ListHeads) { unsafe scythe_each_thread(call, &heads) }
  func read(_ address: UInt, into bytes: UnsafeMutableRawPointer, count: UInt32) -> Int32 {
    unsafe scythe_read(call, address, bytes, count)
  }
  func headsRoom() -> UnsafeMutablePointer<UInt> { unsafe scythe_heads_room(call) }
  func pagesRoom() -> UnsafeMutablePointer<UInt>? { unsafe scythe_pages_room(call) }
  func lock() -> Int32 { unsafe scythe_lock(call) }
  func unlock() { unsafe scythe_unlock(call) }
  func nextArea(_ address: UInt, _ area: inout scythe_area) -> Int32 { unsafe scythe_next_area(call, address, &area) }
  func zap(_ start: UInt, _ length: UInt) { unsafe scythe_zap(call, start, length) }
  func advise(_ start: UInt, _ length: UInt, _ advice: Int32) -> Int32 {
    unsafe scythe_advise(call, start, length, advice)
  }
  func isAbandoned() -> Int32 { unsafe scythe_is_abandoned(call) }
  func callerIsKilled() -> Int32 { unsafe scythe_caller_is_killed(call) }
}

/// See `policy.h`.
@c(scythe_policy_wants)
public func wants(_ advice: Int32, _ flags: UInt32) -> Int32 { isExtended(advice: advice, flags: flags) ? 1 : 0 }

/// See `policy.h`.
@c(scythe_policy_run)
public func run(_ call: OpaquePointer, _ arguments: UnsafePointer<scythe_arguments>) -> Int {
  unsafe answer(arguments.pointee, Shim(call: call))
}

/// See `policy.h`.
@c(scythe_policy_is_dying)
public func processIsDying(_ facts: UInt32) -> Int32 { isDying(processFacts: facts) ? 1 : 0 }

/// See `policy.h`.
@c(scythe_policy_saw_lists)
public func sawLists(_ heads: UnsafeMutableRawPointer, _ native: UInt, _ compat: UInt) {
  unsafe heads.assumingMemoryBound(to: ListHeads.self).pointee.see(native: native, compat: compat)
}
