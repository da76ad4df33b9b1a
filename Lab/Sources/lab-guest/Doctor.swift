import Glibc

/// Asks `scythe doctor` about the guest's kernel.
enum Doctor {
  /// - Throws: `Stage.Refusal` if it says nothing that a program can read.
  static func run(_ port: Port) throws {
    // Below a user's service, as on a desktop: the root group lacks the files that the doctor looks at.
    let group = "\(Cast.userGroup)/doctor.scope"
    Folder.make(group)
    guard Text.write("0", to: "\(group)/cgroup.procs") else { throw Stage.Refusal(reason: "no group for the doctor") }
    let (status, output) = Spawn.run("/lab/scythe", ["doctor", "--json"])
    let lines = output.split(separator: "\n")
    guard let diagnosis = lines.last(where: { $0.hasPrefix("{") }) else {
      throw Stage.Refusal(reason: "the doctor ended with \(status): \(lines.last ?? "it said nothing")")
    }
    var record = Record("doctor")
    record.set("status", status)
    record.set("diagnosis", String(diagnosis))
    port.write(record)
  }
}
