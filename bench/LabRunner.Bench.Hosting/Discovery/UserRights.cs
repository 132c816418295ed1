using System.Globalization;

namespace LabRunner.Bench.Hosting.Discovery;

/// <summary>Who asks, and what this user may do (/proc/self/status and /etc/group). Immutable.</summary>
public sealed record UserRights
{
    private const int OverrideAccess = 1;
    private const int RawSockets = 13;
    private const uint ReadBit = 4;
    private const uint WriteBit = 2;

    private readonly IReadOnlyDictionary<uint, string> _groupNames;
    private readonly ulong _capabilities;

    private UserRights(uint user, IReadOnlyList<uint> groups, ulong capabilities, IReadOnlyDictionary<uint, string> groupNames)
    {
        User = user;
        Groups = groups;
        _capabilities = capabilities;
        _groupNames = groupNames;
    }

    /// <summary>Effective user id.</summary>
    public uint User { get; }

    /// <summary>Effective group and further groups.</summary>
    public IReadOnlyList<uint> Groups { get; }

    /// <summary>Whether raw sockets are allowed (CAP_NET_RAW).</summary>
    public bool MaySendRaw => Has(RawSockets);

    /// <summary>Reads them.</summary>
    public static UserRights Read(MachineFiles files)
    {
        Dictionary<string, string[]> status = files.Lines("/proc/self/status").Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
        Dictionary<uint, string> names = [];
        foreach (string[] parts in files.Lines("/etc/group").Select(line => line.Split(':')).Where(parts => parts.Length >= 3))
        {
            if (uint.TryParse(parts[2], CultureInfo.InvariantCulture, out uint id))
            {
                names.TryAdd(id, parts[0]);
            }
        }

        uint[] groups = [.. Numbers(status.GetValueOrDefault("Gid")).Skip(1).Take(1), .. Numbers(status.GetValueOrDefault("Groups"))];
        uint user = Numbers(status.GetValueOrDefault("Uid")).Skip(1).FirstOrDefault(uint.MaxValue);
        return new UserRights(
            user, groups,
            ulong.TryParse(status.GetValueOrDefault("CapEff")?.FirstOrDefault(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong capabilities) ? capabilities : 0,
            names);
    }

    /// <summary>Whether this user may read and write a node.</summary>
    public bool MayUse(NodeOwner node) => May(node, ReadBit | WriteBit);

    /// <summary>Whether this user may write a node.</summary>
    public bool MayWrite(NodeOwner node) => May(node, WriteBit);

    /// <summary>Name of a group, or its number.</summary>
    public string GroupName(uint group) => _groupNames.GetValueOrDefault(group) ?? group.ToString(CultureInfo.InvariantCulture);

    /// <summary>The commands that give this user the right to a node.</summary>
    public string Remedy(string path, NodeOwner node)
    {
        const uint GroupReadWrite = 0x30;
        return node.Group == 0 || (node.Mode & GroupReadWrite) != GroupReadWrite
            ? $"{path} belongs to {GroupName(node.Group)} with mode {Convert.ToString(node.Mode, 8)}: add a udev rule that gives it to a group of this user"
            : $"sudo usermod -aG {GroupName(node.Group)} \"$USER\", then log in again";
    }

    private static IEnumerable<uint> Numbers(string[]? words) =>
        (words ?? []).Select(word => uint.TryParse(word, CultureInfo.InvariantCulture, out uint number) ? number : uint.MaxValue);

    private bool May(NodeOwner node, uint wanted)
    {
        uint bits = node.User == User ? node.Mode >> 6 : Groups.Contains(node.Group) ? node.Mode >> 3 : node.Mode;
        return Has(OverrideAccess) || (bits & wanted) == wanted;
    }

    private bool Has(int capability) => (_capabilities >> capability & 1) != 0;
}
