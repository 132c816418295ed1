namespace LabRunner.Suites.S04_OtaCycles;

/// <summary>What follows an attempt at an update.</summary>
internal enum Then
{
    /// <summary>The next update.</summary>
    On,

    /// <summary>The same update once more: the firmware before it still runs.</summary>
    Again,

    /// <summary>Nothing: what the update took away is missing from now on.</summary>
    End,
}

/// <summary>Counts attempts at updates. Not thread safe.</summary>
internal sealed class UpdateCount
{
    private readonly List<int> _attempts = [];

    /// <summary>Updates that came to their end.</summary>
    public int Done => _attempts.Count;

    /// <summary>Attempts in all.</summary>
    public int Tried { get; private set; }

    /// <summary>Attempts that succeeded.</summary>
    public int Good { get; private set; }

    /// <summary>Attempts at the update that has not come to its end; 0 between two updates.</summary>
    public int Attempts { get; private set; }

    /// <summary>Most attempts that one update took, or has taken so far; 0 before the first.</summary>
    public int Most => _attempts.Append(Attempts).Max();

    /// <summary>Attempts of each update in order; one that never came to its end has a minus behind it.</summary>
    public string Text => string.Join(" ", _attempts.Select(a => $"{a}").Concat(Attempts > 0 ? [$"{Attempts}-"] : []));

    /// <summary>An attempt begins.</summary>
    /// <returns>Its number at this update, from 1.</returns>
    public int Begin()
    {
        Tried++;
        return ++Attempts;
    }

    /// <summary>The attempt found nothing wrong.</summary>
    public void Succeeded() => Good++;

    /// <summary>The update came to its end: its firmware runs.</summary>
    public void End()
    {
        _attempts.Add(Attempts);
        Attempts = 0;
    }
}
