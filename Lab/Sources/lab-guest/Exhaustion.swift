import Glibc
import LabCatalog
import ScytheLinux

/// Memory runs out. Each situation is sized by the guest's memory.
enum Exhaustion {
  /// Small pages are faulted in so slowly where instructions are emulated that everybody would have time to think.
  private static let fast = ["step=\(4 << 20)", "huge=1"]

  static func play(_ stage: Stage) throws -> Stage.Play {
    let cast = stage.cast
    let total = stage.totalBytes
    var play = Stage.Play()
    switch stage.scenario.situation {
    case "hog": play.begin = { cast.start(.hog, "hog", .cause, fast) }
    case "two-hogs":
      play.begin = { for number in 1...2 { cast.start(.hog, "hog-\(number)", .cause, fast) } }
    case "leak":
      play.begin = { cast.start(.hog, "leak", .cause, ["step=262144", "pause=6000", "percent=30"]) }
      play.seconds = 90
    case "many":
      play.begin = {
        for number in 1...12 {
          cast.start(.hog, "worker-\(number)", .cause, ["step=524288", "pause=4000", "limit=\(total / 8)"])
        }
      }
    case "fork-bomb":
      play.seconds = 60
      play.begin = {
        // A few hundred are enough, and the guest's emulator gets through them.
        let group = "\(Cast.userGroup)/bomb.scope"
        Folder.make(group)
        Text.write("400", to: "\(group)/pids.max")
        cast.start(.forker, "bomb", .cause, bytes: total / 200 & ~0xfff, group: "bomb", ["pause=10000"])
      }
    case "thrash":
      play.prepare = { cast.start(.reader, "reader", .bystander, ["file=/data/cache", "pause=50000"]) }
      play.begin = { cast.start(.hog, "hog", .cause, ["pause=5000"]) }
    case "tmpfs":
      play = filledTmpfs(cast)
    case "container":
      play = container(cast, total, hasSwap: stage.scenario.swap != .none)
    case "frozen-holder":
      play = frozenHolder(cast, total)
    default: throw Stage.Refusal(reason: "no such situation: \(stage.scenario.situation)")
    }
    return play
  }

  /// Its death gives nothing back: the files stay.
  private static func filledTmpfs(_ cast: Cast) -> Stage.Play {
    let folder = "/run/lab-files"
    var play = Stage.Play()
    play.seconds = 30
    play.prepare = {
      guard Folder.mount("tmpfs", on: folder, "size=100%") else {
        throw Stage.Refusal(reason: "cannot mount a tmpfs")
      }
    }
    play.begin = { cast.start(.writer, "writer", .cause, ["file=\(folder)/file", "pause=4000"]) }
    play.clear = { Folder.unmount(folder) }
    return play
  }

  /// A service that must live, and a hog, in a group that may have less than a third of the machine.
  private static func container(_ cast: Cast, _ total: Int, hasSwap: Bool) -> Stage.Play {
    let group = "\(Cast.userGroup)/container"
    let limit = total * 3 / 10 & ~0xfff
    var play = Stage.Play()
    play.container = (group, limit)
    play.prepare = {
      Folder.make(group)
      Text.write("+memory", to: "\(group)/cgroup.subtree_control")
      guard GuestGroups.limit(group, bytes: limit) else {
        throw Stage.Refusal(reason: "no limit can be set for a group")
      }
      if hasSwap { Text.write("\(limit / 2)", to: "\(group)/memory.swap.max") }
      cast.start(.bystander, "service", .bystander, bytes: limit / 4 & ~0xfff, in: group)
    }
    play.begin = { cast.start(.hog, "hog", .cause, in: group, ["pause=2000"]) }
    return play
  }

  /// A frozen process has nearly half of the memory; another one needs a little more than there is.
  private static func frozenHolder(_ cast: Cast, _ total: Int) -> Stage.Play {
    let folder = "/run/lab-freezer"
    var play = Stage.Play()
    play.prepare = {
      guard Folder.mount("cgroup", on: folder, "freezer") else {
        throw Stage.Refusal(reason: "this kernel has no cgroup v1 freezer", isNotApplicable: true)
      }
      let holder = cast.start(.holder, "holder", .cause, bytes: total * 45 / 100 & ~0xfff)
      guard cast.settle(seconds: 60) else { return }
      Folder.make("\(folder)/frozen")
      Text.write("\(holder.pid)", to: "\(folder)/frozen/cgroup.procs")
      Text.write("FROZEN", to: "\(folder)/frozen/freezer.state")
    }
    play.begin = { cast.start(.hog, "hog", .cause, ["pause=5000", "limit=\(total * 35 / 100)"]) }
    // It ends with the guest, frozen or not.
    play.clear = { Text.write("THAWED", to: "\(folder)/frozen/freezer.state") }
    return play
  }
}
