import ScytheLinux
import ScythePolicy

// What else kills here when memory runs short.
extension Watch {
  /// Says which other killers run. They are known by their names, which the first look has found: nothing more is read.
  func sayOtherKillers() {
    var found = InlineArray<16, PID>(repeating: PID(0))
    precondition(MemoryKiller.count <= found.count)
    let board = unsafe threads.observations
    unsafe board.pointee.lock.withLock {
      unsafe board.pointee.table.withRows { rows in
        for index in rows.indices {
          if let killer = MemoryKiller(rows[index].name) { found[Int(killer.rawValue)] = rows[index].pid }
        }
      }
    }
    for number in 0..<MemoryKiller.count where found[number] != PID(0) {
      guard let killer = MemoryKiller(rawValue: UInt8(number)), let line = PathBuffer(killer, found[number]) else {
        continue
      }
      unsafe threads.scribe.pointee.say(.warning, line)
    }
  }
}

extension PathBuffer {
  /// What is said of another killer; `nil` for one that is welcome.
  init?(_ killer: MemoryKiller, _ pid: PID) {
    self.init(killer.name)
    append(" runs too (process ")
    append(decimal: pid.rawValue)
    switch killer.manner {
    case .evictsPods, .onlyTells: return nil
    case .killsProcesses:
      append("): two killers kill twice for one shortage; stop one of them: 'systemctl disable --now ")
    case .killsGroups: append("): what it kills is waited for; if one killer is to do: 'systemctl disable --now ")
    }
    append(killer.name)
    append("'")
  }
}
