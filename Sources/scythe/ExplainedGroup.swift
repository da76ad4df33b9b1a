import Scythe
import ScytheDaemon
import ScythePolicy

/// A control group with a memory limit of its own: what it has left, and who would die for it.
struct ExplainedGroup: Encodable {
  struct First: Encodable {
    let pid: Int32
    let name: String
    let returnsBytes: UInt64
  }

  /// Such as `/system.slice/a.service`.
  let name: String
  let limitBytes: UInt64
  let headroomBytes: UInt64
  /// Somebody dies when headroom is below this, and the limit is met or the group is being filled.
  let lineBytes: UInt64
  let fillBytesPerSecond: UInt64
  /// How many processes are in it and below.
  let processes: Int
  /// Who would die first; `nil` if nobody there can be chosen.
  let first: First?
  /// Who is in it and below.
  let members: Set<Int32>

  enum CodingKeys: CodingKey {
    case name, limitBytes, headroomBytes, lineBytes, fillBytesPerSecond, processes, first
  }

  /// - Returns: `nil` for a group that has no limit, or nobody in it any more.
  init?(
    _ group: GroupSample, _ policy: Policy, _ decision: Decision, _ sample: SystemSample, _ rows: Span<Candidate>,
    _ groups: Span<GroupSample>, _ names: GroupNames
  ) {
    guard group.limitBytes > 0 else { return nil }
    let members = rows.indices.filter { groups.isGroup(rows[$0].group, inside: group.number) }.map { rows[$0].pid }
    let name = members.lazy.compactMap { names.name(of: group.number, with: $0, Procfs()) }.first
    guard let name else { return nil }
    let outlook = policy.outlook(of: group, in: sample, decision.headroom, rows, groups)
    self.name = name.string
    limitBytes = outlook.group.limitBytes
    headroomBytes = outlook.group.headroomBytes
    lineBytes = outlook.group.lineBytes
    fillBytesPerSecond = outlook.group.fillBytesPerSecond
    processes = members.count
    first = outlook.victim.map {
      First(pid: $0.pid.rawValue, name: $0.name.description, returnsBytes: $0.expectedBytes)
    }
    self.members = Set(members.map(\.rawValue))
  }

  /// Whether this one is nearer to its limit.
  func isTighter(than other: ExplainedGroup) -> Bool {
    let shares = (Double(headroomBytes) / Double(limitBytes), Double(other.headroomBytes) / Double(other.limitBytes))
    return shares.0 == shares.1 ? name < other.name : shares.0 < shares.1
  }
}
