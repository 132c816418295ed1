namespace LabRunner.Station.Access;

/// <summary>What somebody may do; each may do what those before it may.</summary>
public enum Role
{
    /// <summary>See everything but the audit log.</summary>
    Look = 1,

    /// <summary>Press, write to consoles, inject pulses, lease.</summary>
    Use,

    /// <summary>Switch mains, and start and stop runs, which do.</summary>
    Switch,

    /// <summary>Break what others have, and read the audit log.</summary>
    Administer,
}

/// <summary>The role that an endpoint asks for; null: anybody. An endpoint without this is closed.</summary>
internal sealed record NeededRole(Role? Role);
