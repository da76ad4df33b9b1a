import Scythe

/// A report as a person reads it: one line for each victim, and a total.
enum KillReportText {
  static func lines(_ report: KillReport, isDryRun: Bool) -> [String] {
    var lines = report.victims.map { isDryRun ? plan($0) : line($0) }
    for spared in report.spared {
      let reason = spared.reason?.explanation ?? "not permitted"
      lines.append("\(spared.pid.rawValue) \(spared.name): spared: \(reason)")
    }
    lines.append(isDryRun ? planTotal(report) : total(report))
    return lines
  }

  private static func line(_ victim: VictimReport) -> String {
    var text = "\(victim.pid.rawValue) \(victim.name): "
    if case .sharesWith(let other) = victim.fate { return text + "killed; shares its memory with \(other.rawValue)" }
    text += "\(Quantity.bytes(victim.bytesBack)) back"
    if let back = victim.backNanoseconds, victim.bytesBack > 0 { text += " in \(Quantity.milliseconds(back))" }
    if victim.carrier == .extension {
      text += " by the kernel extension"
      if victim.workers > 1 { text += " (\(victim.workers) workers)" }
    }
    text += ", \(victim.fate.explanation)"
    let left = leftovers(victim.left, isReleased: victim.fate == .released)
    if !left.isEmpty { text += "; left: \(left.joined(separator: ", "))" }
    if victim.fate == .exited, victim.before.sharedBytes > 0 {
      text += "; not counted: \(Quantity.bytes(victim.before.sharedBytes)) shared memory"
    }
    if case .failed(let error) = victim.rescue {
      text += "; frozen, and could not be moved out of its group: \(error.description)"
    }
    return text
  }

  private static func leftovers(_ left: LeftBytes, isReleased: Bool) -> [String] {
    var parts: [String] = []
    if left.privateBytes > 0 { parts.append("\(Quantity.bytes(left.privateBytes)) private memory") }
    if left.sharedBytes > 0 { parts.append("\(Quantity.bytes(left.sharedBytes)) shared memory") }
    if left.hugetlbBytes > 0 { parts.append("\(Quantity.bytes(left.hugetlbBytes)) hugetlb pages") }
    if left.pinnedBytes > 0 { parts.append("\(Quantity.bytes(left.pinnedBytes)) pinned by the kernel") }
    if left.pageTableBytes > 0 { parts.append("\(Quantity.bytes(left.pageTableBytes)) page tables") }
    if isReleased, !parts.isEmpty { parts[parts.count - 1] += " until it exits" }
    return parts
  }

  private static func total(_ report: KillReport) -> String {
    let summary = report.summary
    var text = "total: \(Quantity.bytes(summary.bytesBack)) back from \(processes(summary.victims))"
    text += " in \(Quantity.milliseconds(summary.elapsedNanoseconds))"
    text += summary.left.totalBytes > 0 ? "; \(Quantity.bytes(summary.left.totalBytes)) left" : "; nothing left"
    if let before = summary.groupBeforeBytes, let after = summary.groupAfterBytes {
      text += "; the cgroup was charged \(Quantity.bytes(before)) before, \(Quantity.bytes(after)) after"
    }
    if summary.spared > 0 { text += "; \(processes(summary.spared)) spared" }
    if summary.isCancelled { text += "; interrupted" }
    return text
  }

  private static func plan(_ victim: VictimReport) -> String {
    var text = "\(victim.pid.rawValue) \(victim.name): "
    if case .sharesWith(let other) = victim.fate { return text + "would die; shares its memory with \(other.rawValue)" }
    text += "would die and return \(Quantity.bytes(victim.before.releasableBytes))"
    var stays: [String] = []
    if victim.before.sharedBytes > 0 {
      stays.append("\(Quantity.bytes(victim.before.sharedBytes)) shared memory unless nobody else has it")
    }
    if victim.before.fileBytes > 0 {
      stays.append("\(Quantity.bytes(victim.before.fileBytes)) page cache of its files")
    }
    if victim.before.hugetlbBytes > 0 {
      stays.append("\(Quantity.bytes(victim.before.hugetlbBytes)) hugetlb pages, which go back to their pool")
    }
    if !stays.isEmpty { text += "; would stay: \(stays.joined(separator: ", "))" }
    return text
  }

  private static func planTotal(_ report: KillReport) -> String {
    var bytes: UInt64 = 0
    for victim in report.victims where victim.fate == .planned { bytes += victim.before.releasableBytes }
    let spared = report.spared.isEmpty ? "" : ", \(processes(report.spared.count)) spared"
    return "total: \(Quantity.bytes(bytes)) from \(processes(report.victims.count))\(spared); nobody was signalled"
  }

  private static func processes(_ count: Int) -> String { count == 1 ? "1 process" : "\(count) processes" }
}

extension Fate {
  /// What became of it, in words that follow a comma.
  var explanation: String {
    switch self {
    case .planned: "not signalled"
    case .exited: "dead"
    case .released: "released, cannot finish dying yet"
    case .sharesWith(let pid): "shares the memory of \(pid.rawValue)"
    case .exitUnderWay: "on its way out, not dead by the deadline; a reader of its /proc may hold its memory"
    case .withheld(.held): "not released: it holds a robust mutex, which would be lost; see --robust-grace"
    case .withheld: "not released: its robust mutexes cannot be read, and could be lost; see --robust-grace"
    case .sharedMemory(let sharers):
      sharers.count > 0
        ? "not released: \(sharers[0].rawValue) and perhaps others use the same memory; see --with-sharers"
        : "not released: another process uses the same memory"
    case .dumpingCore: "not released: it writes a core dump, and keeps its memory until that is done"
    case .stuck: "not released by the deadline: the kernel holds the release up"
    case .notReleased: "not dead by the deadline"
    case .unsupported:
      "not released: this kernel has no process_mrelease (Linux 5.15), or what --carrier names is not there"
    case .notAlone: "not released: its cgroup has members that live or hold a robust mutex, or groups below it"
    case .notCharged: "not released: its memory is not charged to its cgroup"
    case .notSignalled(let error): "the signal failed: \(error.description)"
    case .failed(let error): "the release failed: \(error.description)"
    }
  }

  /// One word for programs.
  var keyword: String {
    switch self {
    case .planned: "planned"
    case .exited: "exited"
    case .released: "released"
    case .sharesWith: "shares"
    case .exitUnderWay: "exit-under-way"
    case .withheld: "withheld"
    case .sharedMemory: "shared-memory"
    case .dumpingCore: "dumping-core"
    case .stuck: "stuck"
    case .notReleased: "not-released"
    case .unsupported: "unsupported"
    case .notAlone: "not-alone"
    case .notCharged: "not-charged"
    case .notSignalled: "not-signalled"
    case .failed: "failed"
    }
  }
}
