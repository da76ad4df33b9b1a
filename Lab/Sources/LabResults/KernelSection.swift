extension Comparison {
  /// What the kernels can do, and which tests hold on them.
  var kernelSection: ReportSection {
    var section = ReportSection(title: "What each kernel can do")
    guard !checks.isEmpty else { return section }
    section.tables = [
      ReportTable(
        caption: "The doctor, and the tests of the calls", groupTitle: "kernel",
        heads: [
          .init(title: "release"), .init(title: "doctor and self-tests"), .init(title: "passed", isNumber: true),
          .init(title: "failed", isNumber: true), .init(title: "skipped", isNumber: true),
        ],
        rows: checks.map { ReportTable.Row(group: $0.platform, cells: $0.summary, commands: $0.commands) })
    ]
    if checks.contains(where: { !$0.checks.isEmpty }) {
      section.tables.append(
        ReportTable(
          caption: "What the doctor found", groupTitle: "about",
          heads: [.init(title: "check")] + checks.map { .init(title: $0.platform) } + [.init(title: "where not")],
          rows: checkRows))
    }
    section.lines = checks.flatMap(\.testLines)
    return section
  }

  private var checkRows: [ReportTable.Row] {
    checks.flatMap(\.checks).grouped { "\($0.area)\n\($0.name)" }.map { same in
      let states = checks.map { $0.check(same[0].name) }
      return ReportTable.Row(
        group: same[0].area,
        cells: [ReportTable.Cell(same[0].name)] + states.map { $0?.cell ?? .nothing }
          + [ReportTable.Cell(KernelChecks.Check.insteadInWords(states.compactMap { $0 }))])
    }
  }
}

extension KernelChecks.Check {
  fileprivate var cell: ReportTable.Cell {
    switch state {
    case "works": ReportTable.Cell("yes", .good)
    case "partly": ReportTable.Cell("partly")
    case "missing": ReportTable.Cell("no")
    case "info": ReportTable.Cell(found, .soft)
    default: ReportTable.Cell("unknown", .soft)
    }
  }

  /// What is used where it does not work, each thing once.
  static func insteadInWords(_ checks: [KernelChecks.Check]) -> String {
    checks.filter { $0.state != "works" && $0.state != "info" }.compactMap(\.instead).grouped { $0 }.map { $0[0] }
      .joined(separator: "; ")
  }
}

extension ReportTable.Cell {
  /// How many.
  ///
  /// - Parameter isBad: whether there had better be none.
  static func count(_ value: Int?, isBad: Bool = false) -> ReportTable.Cell {
    value.map { ReportTable.Cell("\($0)", isBad && $0 > 0 ? .bad : .plain) } ?? .nothing
  }
}

extension CheckedKernel {
  /// A line for each test that did not pass, or was not run.
  var testLines: [String] {
    tests.map { test in
      "Linux \(platform), \(test.outcome): \(test.name)" + (test.reason.map { " (\($0))" } ?? "")
    }
  }

  fileprivate var summary: [ReportTable.Cell] {
    let doctor: ReportTable.Tone =
      switch doctorStatus {
      case nil: .soft
      case 0?: .good
      default: .bad
      }
    return [
      ReportTable.Cell(release), ReportTable.Cell(doctorInWords, doctor), .count(testsPassed),
      .count(testsFailed, isBad: true), .count(testsSkipped),
    ]
  }
}
