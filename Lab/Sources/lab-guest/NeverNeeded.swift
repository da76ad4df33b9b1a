import Glibc
import LabCatalog
import ScytheLinux

/// Memory gets short, or seems to, and nobody needs to die.
enum NeverNeeded {
  static func play(_ stage: Stage) throws -> Stage.Play {
    let cast = stage.cast
    let total = stage.totalBytes
    var play = Stage.Play()
    play.ending = .whenCalm
    play.seconds = 25
    switch stage.scenario.situation {
    case "copy":
      play.begin = { cast.start(.copier, "copier", .cause, ["file=/data/cache", "target=/var/tmp/copy", "times=3"]) }
      play.seconds = 45
    case "spike":
      play.begin = { cast.start(.spike, "spike", .cause, ["percent=3", "hold=300000"]) }
    case "healthy":
      play.prepare = {
        guard cast.settle(seconds: 60) else { return }
        // More than there is, most of it not used: a third of the memory goes to zram.
        let available = ((try? Procfs().memoryInformation())?.availableBytes).map { Int($0) } ?? 0
        cast.start(.holder, "cold", .bystander, bytes: (available - total / 4 + total / 3) & ~0xfff)
      }
      play.begin = { cast.start(.bystander, "worker", .bystander, bytes: total / 16) }
    case "cold-swap":
      play.prepare = {
        let swap = ((try? Procfs().memoryInformation())?.swapTotalBytes).map { Int($0) } ?? 0
        cast.start(.holder, "cold", .bystander, bytes: swap * 97 / 100 & ~0xfff, ["swapped=1"])
      }
    case "cache-container":
      let group = "\(Cast.userGroup)/container"
      play.prepare = {
        Folder.make(group)
        Text.write("+memory", to: "\(group)/cgroup.subtree_control")
        guard Text.write("\(total / 5 & ~0xfff)", to: "\(group)/memory.max") else {
          throw Stage.Refusal(reason: "no limit can be set for a group")
        }
      }
      play.begin = { cast.start(.reader, "reader", .bystander, in: group, ["file=/data/cache", "pause=50000"]) }
    case "full-tmpfs":
      let folder = "/run/lab-files"
      play.prepare = {
        Folder.make(folder)
        guard Folder.mount("tmpfs", on: folder, "size=40%") else {
          throw Stage.Refusal(reason: "cannot mount a tmpfs")
        }
      }
      play.begin = { cast.start(.writer, "writer", .bystander, ["file=\(folder)/file"]) }
      play.clear = { Folder.unmount(folder) }
    default: throw Stage.Refusal(reason: "no such situation: \(stage.scenario.situation)")
    }
    return play
  }
}
