import Scythe

/// Kills a process, and goes on when its memory is back, or when it is known why it is not. No thread of yours waits.
func reclaim(_ pid: PID) async throws {
  // Ask first: who would die, and what would come back? Nobody is signalled.
  let plan = try planKill(KillRequest(processes: [pid]))
  print("would return \(plan.victims[0].before.releasableBytes) bytes")

  var request = KillRequest(processes: [pid])
  request.options.deadlineNanoseconds = 2_000_000_000
  let report = try await killAndRelease(request)
  for victim in report.victims {
    print("\(victim.name): \(victim.bytesBack) bytes back, \(victim.left.totalBytes) left: \(victim.fate)")
  }
}

/// The same for code that may block its thread.
func reclaimBlocking(_ pid: PID) throws(ReaperError) -> UInt64 {
  try killAndRelease(KillRequest(processes: [pid])).summary.bytesBack
}

try await reclaim(PID(Int32(CommandLine.arguments[1])!))
