import BenchmarkResults
import Foundation

extension Comparison {
  /// The whole report, before it is Markdown or HTML.
  var document: ReportDocument {
    ReportDocument(
      title: "Scythe in the lab", lead: lead, facts: facts,
      sections: [
        standingSection, exhaustionSection, neverNeededSection, hardSection, calmSection, kernelSection,
        serviceSection, extensionSection, unfinishedSection, brokenSection,
      ].filter { !$0.isEmpty })
  }

  /// Whether any guest was emulated.
  var isEmulated: Bool { machines.contains(where: \.isEmulated) }

  private var lead: [String] {
    var lead: [String] = []
    if isEmulated {
      lead.append(
        "Emulated (TCG): processors are imitated by software, so a time is no time of a real machine. Only ratios within one"
          + " run of the lab say something, and who died.")
    }
    if machines.count > 1 {
      lead.append("Results of \(machines.count) machines: nothing is compared between them.")
    }
    if began == nil { lead.append("There are no results yet; `make lab` makes them.") }
    return lead
  }

  private var facts: [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    for (index, machine) in machines.enumerated() {
      let accelerator = machine.isEmulated ? "TCG (emulated)" : machine.accelerator.uppercased()
      let host = machine.host.map { " on \($0.sentence)" } ?? " on a host that was not written down."
      facts.append((machines.count == 1 ? "guests" : "machine \(index + 1)", accelerator + host))
    }
    if let began, let ended {
      let days = [began, ended].map { Date(timeIntervalSince1970: Double($0)).formatted(.iso8601.year().month().day()) }
      facts.append(("measured", days[0] == days[1] ? days[0] : "\(days[0]) to \(days[1])"))
    }
    for platform in platforms { facts.append(("kernel \(platform.name)", heading(ofPlatform: platform.name))) }
    for killer in killers {
      // The kernel alone is told above.
      if killer.name == ExhaustionCell.kernelAlone { continue }
      let versions = killer.versions.joined(separator: ", ")
      facts.append((killer.title, versions.isEmpty ? "its version was not written down" : versions))
    }
    return facts
  }
}
