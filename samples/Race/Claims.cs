namespace Race;

/// <summary>One line per claim, and whether all of them hold.</summary>
internal sealed class Claims
{
    public bool AllHold { get; private set; } = true;

    public void Check(string claim, bool holds)
    {
        AllHold &= holds;
        Console.WriteLine($"{(holds ? "PASS" : "FAIL")} {claim}");
    }
}
