import ScytheLinux
import ScytheReaper
import ScytheReclaim

// `dontNeed`: what is dying already is released as a kill would, robust mutexes and sharers looked after.
extension AdviceSelection {
  /// Releases the processes, all of which are dying.
  func release(_ request: AdviceRequest) throws(AdviceError) -> KillReport {
    var reaper = try prepareReaper()
    var options = KillOptions()
    options.cancellation = request.cancellation
    options.carrier = request.means == .extension ? .extension : .release
    options.prefersExtension = request.means != .vector
    if let deadline = request.deadlineNanoseconds { options.deadlineNanoseconds = deadline }
    do throws(ReaperError) {
      let summary = try reaper.kill(options, killsSharers: false)
      return KillReport(&reaper, summary)
    } catch {
      throw .release(error)
    }
  }

  /// The same without the release.
  func planRelease() throws(AdviceError) -> KillReport {
    var reaper = try prepareReaper()
    do throws(ReaperError) { return try KillReport(planning: &reaper, killsSharers: false) } catch {
      throw .release(error)
    }
  }

  private func prepareReaper() throws(AdviceError) -> Reaper<LiveKernel> {
    var reaper: Reaper<LiveKernel>
    do throws(ReaperError) { reaper = try makeReaper(ReaperConfiguration()) } catch { throw .release(error) }
    for candidate in candidates {
      do throws(ReaperError) {
        try reaper.selectDying(candidate.pid)
      } catch {
        switch error {
        case .notDying(let pid): throw .notDying(pid)
        // A member that has died meanwhile is what was wanted.
        case .noSuchProcess, .alreadyDead: if candidate.isNamed { throw .release(error) }
        default: throw .release(error)
        }
      }
    }
    return reaper
  }
}
