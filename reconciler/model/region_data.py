"""Written by `make docs` from botocore's partition data; do not edit. `regions` parses it."""

TABLE = r"""
aws us-east-1 ^(us|eu|ap|sa|ca|me|af|il|mx)\-\w+\-\d+$
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
    ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
    eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1
    me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2
aws-cn cn-northwest-1 ^cn\-\w+\-\d+$
    cn-north-1 cn-northwest-1
aws-eusc eusc-de-east-1 ^eusc\-(de)\-\w+\-\d+$
    eusc-de-east-1
aws-iso us-iso-east-1 ^us\-iso\-\w+\-\d+$
    us-iso-east-1 us-iso-west-1
aws-iso-b us-isob-east-1 ^us\-isob\-\w+\-\d+$
    us-isob-east-1 us-isob-west-1
aws-iso-e eu-isoe-west-1 ^eu\-isoe\-\w+\-\d+$
    eu-isoe-west-1
aws-iso-f us-isof-south-1 ^us\-isof\-\w+\-\d+$
    us-isof-east-1 us-isof-south-1
aws-us-gov us-gov-west-1 ^us\-gov\-\w+\-\d+$
    us-gov-east-1 us-gov-west-1
"""
