import ScytheLinux

/// The kernel's own record of who ended whom: it needs no word of a killer.
struct SignalTrace {
  private static let folder = "/sys/kernel/tracing"

  struct Event {
    /// By the clock that `MonotonicClock` reads.
    let nanoseconds: Int64
    /// `SIGKILL`, `SIGTERM`; `OOM` for a victim that the kernel chose.
    let signal: String
    let target: Int32
    let targetName: String
    /// 0 for the kernel.
    let sender: Int32
    let senderName: String
  }

  /// Begins to record.
  ///
  /// - Returns: whether this kernel does.
  static func begin() -> Bool {
    Text.write("mono", to: "\(folder)/trace_clock")
    // It is not to be short of memory when it is needed, nor to take much.
    Text.write("256", to: "\(folder)/buffer_size_kb")
    Text.write("sig==9 || sig==15", to: "\(folder)/events/signal/signal_generate/filter")
    let isOn = Text.write("1", to: "\(folder)/events/signal/signal_generate/enable")
    return Text.write("1", to: "\(folder)/events/oom/mark_victim/enable") && isOn
  }

  /// Stops, and says what was seen.
  static func end() -> [Event] {
    Text.write("0", to: "\(folder)/tracing_on")
    return events()
  }

  /// Forgets what was seen, and goes on.
  static func forget() { Text.create("\(folder)/trace", "") }

  /// What was seen until now.
  static func events() -> [Event] {
    (Text.read("\(folder)/trace") ?? "").split(separator: "\n").compactMap(parse)
  }

  /// A line such as
  ///
  ///     earlyoom-1.9.0-123  [001] d..1.  12.345678: signal_generate: sig=15 errno=0 code=0 comm=hog pid=140 grp=1 res=0
  ///     hog-140  [000] d..1.  12.345678: mark_victim: pid=140
  ///
  /// in which names may hold blanks and newer kernels say more behind the pid.
  private static func parse(_ line: Substring) -> Event? {
    for (event, isChoice) in [(": signal_generate: ", false), (": mark_victim: ", true)] {
      guard let place = line.firstRange(of: event) else { continue }
      let head = line[..<place.lowerBound]
      let body = line[place.upperBound...]
      guard let seconds = head.split(separator: " ").last.flatMap({ Double($0) }),
        let bracket = head.lastIndex(of: "["),
        let target = field("pid=", in: body).flatMap({ Int32($0) })
      else { return nil }
      let task = head[..<bracket].split(separator: " ").joined(separator: " ")
      let dash = task.lastIndex(of: "-") ?? task.endIndex
      let sender = dash < task.endIndex ? Int32(task[task.index(after: dash)...]) ?? 0 : 0
      return Event(
        nanoseconds: Int64(seconds * 1e9),
        signal: isChoice ? "OOM" : field("sig=", in: body) == "9" ? "SIGKILL" : "SIGTERM", target: target,
        targetName: field("comm=", in: body).map(String.init) ?? "", sender: isChoice ? 0 : sender,
        senderName: isChoice ? "kernel" : String(task[..<dash]))
    }
    return nil
  }

  /// What follows a word, up to the next word that has one.
  private static func field(_ word: String, in text: Substring) -> Substring? {
    guard let place = text.firstRange(of: word) else { return nil }
    return text[place.upperBound...].prefix { $0 != " " }
  }
}
