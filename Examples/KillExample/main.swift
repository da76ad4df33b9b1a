import ScytheLinux
import ScytheReaper
import ScytheReclaim

/// Kills a process, and returns when its memory is back or when it is known why
/// it is not. Waits for two seconds at the most, and takes nothing from the heap.
func killAndConfirm(_ pid: PID) throws(ReaperError) -> VictimReport {
  var reaper = try makeReaper()

  // Everything that can be refused is refused here, before anybody is signalled.
  try reaper.select(pid)
  try reaper.plan(killsSharers: false)
  say("would return ", reaper.report(at: 0).before.releasableBytes, " bytes")

  var options = KillOptions()
  options.deadlineNanoseconds = 2_000_000_000
  _ = try reaper.kill(options)
  return reaper.report(at: 0)
}

/// Starts the threads that will release. A program that kills more than once makes
/// one reaper, early, and keeps it.
func makeReaper() throws(ReaperError) -> Reaper<LiveKernel> {
  do throws(Errno) {
    return try Reaper(kernel: LiveKernel())
  } catch {
    throw .kernel(error)
  }
}

func words(for fate: Fate) -> StaticString {
  switch fate {
  case .exited: "it is dead\n"
  case .released: "its memory was released; it cannot finish dying yet\n"
  case .exitUnderWay: "it left its memory by itself, and is not dead yet\n"
  case .withheld(.held): "not released: others may wait for a robust mutex that it holds\n"
  case .withheld: "not released: its robust mutexes could not be looked at\n"
  case .sharedMemory: "not released: processes that live use the same memory\n"
  case .dumpingCore: "not released: it writes a core dump\n"
  case .unsupported: "not released: needs Linux 5.15, and no seccomp filter\n"
  case .stuck: "not released: the release is stuck in the kernel\n"
  default: "not released\n"
  }
}

func words(for error: ReaperError) -> StaticString {
  switch error {
  case .noSuchProcess, .alreadyDead: "no such process\n"
  case .notPermitted: "not permitted\n"
  case .untouchable: "never killed\n"
  case .sharedMemory: "others use the same memory, and would have to die too\n"
  default: "cannot be killed\n"
  }
}

/// Writes a line with a number in it, without the heap that `print` takes.
func say(_ before: StaticString, _ number: UInt64, _ after: StaticString) {
  var line = PathBuffer(before)
  line.append(decimal: number)
  line.append(after)
  line.append("\n")
  StandardStream.output.write(line)
}

let arguments = ProgramArguments()
guard let number = arguments.decimal(1), let pid = Int32(exactly: number) else {
  StandardStream.error.write(PathBuffer("usage: KillExample PID\n"))
  Machine.exit(64)
}
do throws(ReaperError) {
  let report = try killAndConfirm(PID(pid))
  say("", report.bytesBack, " bytes back")
  say("", report.left.totalBytes, " bytes left")
  StandardStream.output.write(PathBuffer(words(for: report.fate)))
  Machine.exit(report.isAllBack ? 0 : 1)
} catch {
  StandardStream.error.write(PathBuffer(words(for: error)))
  Machine.exit(2)
}
