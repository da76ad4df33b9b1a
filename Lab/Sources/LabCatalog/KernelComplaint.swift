/// What a kernel says that finds a fault in itself.
package enum KernelComplaint {
  /// What such a line has in it: of an oops, of KASAN, of lockdep, of what looks after page tables, lists and counters.
  private static let marks = [
    "BUG:", "kernel BUG at", "WARNING:", "Oops", "KASAN", "UBSAN", "general protection fault", "unable to handle",
    "double fault", "INFO: possible", "possible recursive locking", "possible circular locking",
    "inconsistent lock state",
    "lock inversion", "suspicious RCU usage", "bad unlock balance", "lock held when returning", "held lock freed",
    "lockdep is turned off", "refcount_t:", "corruption", "Bad page", "rcu: INFO: rcu_", "stack guard page",
  ]

  /// Whether a line is the first of a complaint.
  package static func isBegun(by line: String) -> Bool { marks.contains { line.contains($0) } }
}
