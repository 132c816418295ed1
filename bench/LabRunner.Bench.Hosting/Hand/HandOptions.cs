namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What a slot is opened by hand with.</summary>
public sealed record HandOptions
{
    /// <summary>Inventory: a name of bench/inventory or a path. Default virtual.</summary>
    public string Bench { get; init; } = "virtual";

    /// <summary>Its slot.</summary>
    public required string Slot { get; init; }

    /// <summary>What it is for, told to whoever wants the slot meanwhile: the verb.</summary>
    public string Purpose { get; init; } = "work by hand";

    /// <summary>Folder for records; null: runs/&lt;utc-stamp&gt;-&lt;bench&gt;.</summary>
    public string? Folder { get; init; }

    /// <summary>Of a virtual bench of its own; null 1.</summary>
    public double? TimeScale { get; init; }

    /// <summary>Folder of a virtual bench that runs already, empty for the only one; null: a virtual bench gets plugs of its own.</summary>
    public string? Attach { get; init; }

    /// <summary>The supply is only looked at: nobody switches it, neither at the end nor when this program is killed. Default false.</summary>
    public bool LookOnly { get; init; }
}
