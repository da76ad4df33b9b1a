public import CScytheABI
import ScytheLinux
import ScytheReaper
import ScytheReclaim

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Kills a process and has its memory back; see `scythe.h`.
@c @implementation
public func scythe_kill(
  _ pidfd: CInt, _ options: UnsafePointer<scythe_kill_options>?, _ report: UnsafeMutablePointer<scythe_kill_report>?
) -> CInt {
  unsafe answer(pidfd, options, report, onlyIfDying: false)
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Releases the memory of a process that is dying already; see `scythe.h`.
@c @implementation
public func scythe_release(
  _ pidfd: CInt, _ options: UnsafePointer<scythe_kill_options>?, _ report: UnsafeMutablePointer<scythe_kill_report>?
) -> CInt {
  unsafe answer(pidfd, options, report, onlyIfDying: true)
}

private func answer(
  _ pidfd: CInt, _ options: UnsafePointer<scythe_kill_options>?, _ report: UnsafeMutablePointer<scythe_kill_report>?,
  onlyIfDying: Bool
) -> CInt {
  let answer = LibcCall.answer { () throws(Errno) in
    if let report = unsafe report { _ = unsafe try SizedStruct.size(of: report, least: 160) }
    var filled = scythe_kill_report(knowingNothing: ())
    defer { if let report = unsafe report { unsafe SizedStruct.write(filled, to: report) } }
    var request = try unsafe KillRequest(options)
    if onlyIfDying { request.options.signal = .kill }
    return try ProcessDescriptor.withBorrowed(pidfd) { (process) throws(Errno) in
      try kill(process, request, onlyIfDying: onlyIfDying, &filled)
    }
  }
  return CInt(truncatingIfNeeded: answer)
}

/// - Returns: 0 if all is back, else 1.
private func kill(
  _ process: borrowing ProcessDescriptor, _ request: KillRequest, onlyIfDying: Bool, _ report: inout scythe_kill_report
) throws(Errno) -> Int {
  let pid = try process.pid()
  var configuration = ReaperConfiguration()
  configuration.capacity = KillRequest.mostVictims
  configuration.workers = request.workers
  var reaper = try Reaper(kernel: LiveKernel(), configuration)
  do throws(ReaperError) {
    if onlyIfDying { try reaper.selectDying(pid) } else { try reaper.select(pid) }
  } catch {
    throw Errno(error, &report)
  }
  // What has not been waited for even now still had its number when the reaper opened it by that.
  try process.send(.none)
  let summary: KillSummary
  do throws(ReaperError) {
    summary = try reaper.kill(request.options, killsSharers: request.killsSharers)
  } catch {
    throw Errno(error, &report)
  }
  let victim = reaper.report(at: 0)
  report.take(victim, victims: summary.victims)
  if case .notSignalled(let error) = victim.fate { throw error }
  return summary.isAllBack ? 0 : 1
}

extension Errno {
  /// What a refusal is in C; who shares the memory goes into the report.
  fileprivate init(_ error: ReaperError, _ report: inout scythe_kill_report) {
    switch error {
    case .noSuchProcess, .alreadyDead, .identityChanged:
      self = .noSuchProcess
    case .notDying, .notALeader:
      self = .invalidArgument
    case .notPermitted:
      self = .notPermitted
    case .untouchable:
      self = .permissionDenied
    case .sharedMemory(_, let sharers):
      report.take(sharers)
      self = .resourceBusy
    case .sharerUntouchable(_, let sharer, _):
      var sharers = Sharers()
      sharers.add(sharer)
      report.take(sharers)
      self = .resourceBusy
    case .tooManyVictims, .tooManyControlGroups:
      self = .noMemory
    case .untouchableGroup, .notAControlGroup:
      self = .invalidArgument
    case .kernel(let error):
      self = error
    }
  }
}
