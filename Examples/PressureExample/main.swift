import ScytheLinux

/// Waits until memory is short.
///
/// - Parameter seconds: how long to wait at the most.
/// - Returns: whether tasks have waited for memory for a tenth of two seconds.
func waitForPressure(seconds: CInt) throws(Errno) -> Bool {
  // A window of two seconds is one that needs no privilege.
  let trigger = try PressureTrigger(
    .some, stallMicroseconds: 200_000, windowMicroseconds: 2_000_000)
  return try trigger.wait(timeoutMilliseconds: seconds * 1000)
}

/// The process whose death would return most.
func largestProcess(
  _ procfs: Procfs
) throws(Errno) -> (pid: PID, status: ProcessStatus)? {
  var largest: (pid: PID, status: ProcessStatus)?
  try procfs.forEachProcess { (pid) throws(Errno) in
    // One that is gone by now is no candidate, and no error.
    guard let status = try? procfs.status(of: pid) else { return true }
    if status.releasableBytes > largest?.status.releasableBytes ?? 0 {
      largest = (pid, status)
    }
    return true
  }
  return largest
}

func report(_ procfs: Procfs) throws(Errno) {
  let memory = try procfs.memoryInformation()
  say("available: \(memory.availableBytes) of \(memory.totalBytes) bytes")
  say("swap: \(memory.swapFreeBytes) of \(memory.swapTotalBytes) bytes free")
  guard let (pid, status) = try largestProcess(procfs),
    let name = try? procfs.stat(of: pid).name
  else { return }
  let text = String(decoding: (0..<name.count).map { name[$0] }, as: UTF8.self)
  say("largest: \(pid.rawValue), \(text)")
  say("it has: \(status.anonymousBytes) bytes, and \(status.swapBytes) in swap")
}

/// Writes a line at once, where `print` may hold it back until the end.
func say(_ line: String, to stream: StandardStream = .output) {
  stream.write(PathBuffer(bytes: "\(line)\n".utf8))
}

guard CommandLine.arguments.count == 2,
  let seconds = CInt(CommandLine.arguments[1]), 0...3600 ~= seconds
else {
  say("usage: PressureExample SECONDS", to: .error)
  Machine.exit(64)
}
do throws(Errno) {
  say(try waitForPressure(seconds: seconds) ? "pressure" : "no pressure in \(seconds) s")
  try report(Procfs())
} catch {
  let words = error.explanation.map { "\($0)" } ?? "error \(error.rawValue)"
  say("cannot watch the pressure: \(words)", to: .error)
  Machine.exit(1)
}
