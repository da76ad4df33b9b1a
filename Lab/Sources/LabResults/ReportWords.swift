import BenchmarkResults
import LabCatalog

/// How the reports say what a comparison found.
extension ReportTable.Cell {
  static let nothing = ReportTable.Cell("-", .soft)

  /// A spread, and how many times that of the kernel alone it is.
  init(_ spread: Spread?, ratio: Double? = nil, _ text: (Int64) -> String) {
    guard let spread else {
      self = .nothing
      return
    }
    let details = [spread.rangeInWords(text), ratio.map(Quantity.ratio(of:))].compactMap { $0 }
    self.init(
      spread.middle(text), detail: details.isEmpty ? nil : details.joined(separator: "; "),
      spread.median == nil ? .bad : .plain)
  }
}

extension RunResult.State {
  var words: String {
    switch self {
    case .done: "done"
    case .failed: "failed"
    case .notBuilt: "not built"
    case .notApplicable: "not applicable"
    }
  }
}

extension CellKey {
  /// What the killer is, for a table.
  var killerTitle: String { Self.title(ofKiller: killer) }

  /// What the scenario is called, and what it is.
  var heading: String { "\(scenario): \(situation)" }

  static func title(ofKiller name: String) -> String { Killer.named(name)?.title ?? name }
}

extension ExhaustionCell {
  /// Why it has no times, if it has none.
  var missing: String? {
    if isStarved { return "starved" }
    if runs > 0 { return nil }
    return Set(otherStates).count == 1 ? otherStates[0].words : RunResult.State.failed.words
  }

  /// The killer, and how many of its runs were starved or brought nothing.
  var killerInWords: ReportTable.Cell {
    var details: [String] = []
    if starved > 0, !isStarved { details.append("\(starved) of \(runs) starved") }
    let failed = otherStates.count { $0 == .failed }
    if failed > 0, runs > 0 { details.append("\(failed) of \(runs + otherStates.count) failed") }
    return ReportTable.Cell(key.killerTitle, detail: details.isEmpty ? nil : details.joined(separator: "; "))
  }

  /// Who died: `hog`, `child x120`, `hog; sshd in 1 of 3`.
  var victims: ReportTable.Cell {
    guard runs > 0 else { return .nothing }
    let names = Set(deaths.flatMap { $0.map(\.name) })
    let told = names.map { name in
      let own = deaths.compactMap { $0.first { $0.name == name } }
      return (name: name, runs: own.count, most: own.map(\.count).max() ?? 0, least: own.map(\.count).min() ?? 0)
    }.sorted { ($1.runs, $1.most, $0.name) < ($0.runs, $0.most, $1.name) }
    guard !told.isEmpty else { return ReportTable.Cell("nobody") }
    // The children of a fork bomb may have many names.
    let shown = 4
    var words = told.prefix(shown).map { victim in
      var word = victim.name
      if victim.least < victim.most {
        word += " x\(victim.least) to \(victim.most)"
      } else if victim.most > 1 {
        word += " x\(victim.most)"
      }
      if victim.runs < runs { word += " in \(victim.runs) of \(runs)" }
      return word
    }
    if told.count > shown { words.append("\(told.count - shown) other names") }
    return ReportTable.Cell(
      words.joined(separator: "; "), detail: isSameVictim ? nil : "not the same each time",
      worstFalseKills > 0 ? .bad : .plain)
  }

  /// False kills of the repetitions: `0`, `1`, `0 to 2`.
  var falseKillsInWords: ReportTable.Cell {
    guard let most = falseKills.max(), let least = falseKills.min() else { return .nothing }
    return ReportTable.Cell(least == most ? "\(most)" : "\(least) to \(most)", most > 0 ? .bad : .plain)
  }

  /// In how many repetitions the kernel was first.
  var kernelFirstInWords: ReportTable.Cell {
    if runs == 0 || key.killer == ExhaustionCell.kernelAlone { return .nothing }
    if kernelFirst == 0 { return ReportTable.Cell("no") }
    return ReportTable.Cell(kernelFirst == runs ? "yes" : "in \(kernelFirst) of \(runs)", .bad)
  }
}

extension CheckedKernel {
  /// What the doctor's self-tests ended with.
  var doctorInWords: String {
    switch doctorStatus {
    case nil: "not run"
    case 0: "passes"
    case 1: "does not work, or only in part"
    case let status?: "ends with \(status)"
    }
  }
}

/// `2 repetitions`
func counted(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
